"""The API described: an OpenAPI 3.1 document and a page to read, made of what routes declare.

Nothing is said twice. Paths and descriptions come from the routes, schemas from the structs that are
encoded and decoded, errors from the table of refusals, and who may call from the table of permissions.
"""
