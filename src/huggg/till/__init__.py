"""The till's door: an ePOS's calls beside the published ones, and a page for merchants without one.

An ePOS asks all in one question, names its redemptions itself, reverses those whose answers were lost,
and learns the outcome of an idempotency key. The use cases are those of `redemptions/` and `holds/`.
"""
