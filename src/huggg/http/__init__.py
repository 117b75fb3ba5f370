"""A small web framework: protocol, edge, dispatch, routes, operations, bodies, queries, lists."""
