"""Mutants: the SQL with one guard taken out. `python -m tests.mutants` shows which test notices.

A *guard* is the part of a statement that must hold before it writes: a condition of a WHERE, an
ON or a HAVING, a lock, a bound, a conflict that is let pass; in the schema a CHECK, or a unique index.
A *mutant* is the statement, or the schema, without one of them. A test that fails on it *kills* it. The
list of guards, each with the test that kills its mutant, is `docs/reference/mutants.md`.
"""
