"""A voucher: the code that a huggg turns into, for the merchants whose tills know nothing of hugggs.

What that code is, and when it comes, is the brand's *integration*: some show the huggg's own
shortcode, some no code at all, and some a code of the brand's *issuer*, which draws it from a *pool* of
pre-loaded codes, has it *minted* here, or asks the brand's own service over HTTP. A huggg gets one
voucher, and a code belongs to one huggg for ever. Every code is sealed.
"""
