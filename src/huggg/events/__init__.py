"""Events: records of changes, one row each, added by the changing statement and never rewritten.

An event has a kind, a subject (the huggg, purchase, account or user that it is about), an instant, its
author, and data whose keys the kind names. The rows are both audit trail and source for consumers.
"""
