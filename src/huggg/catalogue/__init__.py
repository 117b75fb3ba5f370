"""The catalogue: brands, their products, and the stores and tills that honour them.

A *brand* sells *products* and lists *stores*. A *consolidated* brand has no shops of its own: the brands
that list its products honour them. A *segment* is a group of vouchers of a product, a *location* is the
place of a till, an *integration* is the way in which a brand's hugggs are redeemed, and *adjustment
codes* are a till's codes for a product.

Brands, products and stores are stored and published as the imported documents, key for key and digit for
digit. Only a brand's three lists are rows beside its document, so that each relation has one source.
Only imports change a catalogue: whole or not at all, one at a time.
"""
