"""The description of the API: an OpenAPI 3.1 document and a page to read, made of declarations.

Each fact has one source. Paths and descriptions come from the routes, schemas from the structs that are
encoded and decoded, errors from the table of refusals, and permitted callers from the table of
permissions.
"""
