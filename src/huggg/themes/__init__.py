"""Themes: the looks of gift pages. A theme is a team's own: its colours, logo and cover.

A purchase names a theme by `themeId`; `default`, which the published API sends by itself, is the theme
of that id, if the team has one. A brand has a logo and a cover too. Text is readable in every theme:
colours whose contrast is too low are refused when they are saved.
"""
