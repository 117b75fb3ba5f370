"""The HTML side: the parts that all pages share, of every noun.

A page is a route like any other: an operation, a permission, a function. Its operation says `is_page`.
So the OpenAPI document leaves it out, no page of another origin reads it, a form from another site is
refused before its function runs, and a browser gets errors in HTML. docs/pages.md shows how to add a
page.
"""
