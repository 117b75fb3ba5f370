"""The edge: what stands around every request, whatever its route.

It gives a request its id and finds out where it really comes from, refuses addresses that ask for too
much before anything is looked up for them, answers browsers that ask whether they may, adds the headers
that every answer has, counts, and writes the one line.
"""
