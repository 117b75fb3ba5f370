"""A voucher: the code that a huggg turns into, for the merchants whose tills know nothing of hugggs.

Its code is sealed like every other; it belongs to one huggg for ever.
"""
