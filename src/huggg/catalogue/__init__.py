"""The catalogue: what can be given, and where it can be had.

A *brand* sells *products* and is found at *stores*; a *consolidated* brand is nobody's shop, its
products are honoured by the brands that list them. A *segment* is a group of vouchers behind a
product, a *location* is where a till stands, an *integration* is how a brand takes a huggg, and
*adjustment codes* are what a till calls a product.

Brands, products and stores are kept as the documents they came in and leave as they came, key for
key and digit for digit. Only a brand's three lists live beside its document, so that there is one
truth about who sells what. A catalogue changes by imports alone: whole or not at all, one at a time.
"""
