"""Passes: a gift's code in the wallet of a phone, Apple's or Google's, kept true until it is over.

A *pass* belongs to one huggg under one link. Its phone is told when the huggg is spent, moved or over,
and then the pass is void and has no code. An installation without certificates offers no passes.
"""
