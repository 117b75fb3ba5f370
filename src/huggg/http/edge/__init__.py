"""The edge: the layer around every request, on every route.

It gives a request its id and finds its real address, refuses requests beyond the limits before any
look-up, answers browsers' preflights, adds the headers that every answer has, counts, and logs one line.
"""
