"""The HTML side: the ground that all pages share, whichever noun they belong to.

A page is a route like any other: an operation, a permission, a function. Its operation says `is_page`.
So the OpenAPI document leaves it out, no page of another origin reads it, a form from another site is
refused before its function runs, and a browser is told its errors in HTML. How a page is added:
docs/pages.md.
"""
