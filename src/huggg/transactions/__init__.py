"""A transaction: one purchase, of one product, for one or many, paid from one place.

It brings its hugggs into being and commits their value, all of them or none, in one statement.
"""
