"""Measurements, each a ratio against a limit measured beside it, on the same database in the same run.

A speed on its own says more about the machine than about us, so none is printed without its limit:
pgbench doing the same writes, COPY of the same rows, a bare ASGI application. No test asserts a time.
"""
