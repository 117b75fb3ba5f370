"""Code files, as merchants send them: text in any dialect or encoding, gzip or not, or a spreadsheet.

A file is recoded to UTF-8 with plain line ends as it streams by (`text`), its head tells the delimiter
(`dialect`) and which column is what (`headings`), and stretches of whole lines (`stretches`) are read
cell by cell (`reading`). A cell that a spreadsheet wrapped is unwrapped, and one that a spreadsheet
destroyed is refused (`cells`).
"""
