"""Events: what happened, one row each, added by the statement that made the change and never rewritten.

An event has a kind, a subject (the huggg, purchase, account or user that it is about), an instant, its
author, and data whose keys the kind names. The rows are audit trail and source of news at once.
"""
