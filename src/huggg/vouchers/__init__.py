"""A voucher: the code that a huggg turns into, for merchants whose tills do not call huggg.

The kind of code, and the moment when it comes, are the brand's *integration*. Some show the huggg's own
shortcode, some no code at all, and some a code of the brand's *issuer*: it draws the code from a *pool*
of imported codes, has it *minted* here, or asks the brand's own service over HTTP. A huggg gets one
voucher, and a code belongs to one huggg for ever. Every code is sealed.
"""
