"""Code files, as merchants send them: text in any dialect or encoding, gzip or not, or a spreadsheet.

A file is recoded to UTF-8 with plain line ends as a stream (`text`). Its head shows the delimiter
(`dialect`) and the meaning of each column (`headings`). Stretches of whole lines (`stretches`) are read
cell by cell (`code_lines`). A cell that a spreadsheet wrapped is unwrapped, and one that a spreadsheet
destroyed is refused (`cells`).
"""
