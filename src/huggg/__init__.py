"""huggg: a self-hostable digital-gifting platform that speaks the huggg API v2.

A business buys hugggs, a recipient opens one, a merchant's till redeems it. The packages are the
nouns of that sentence; `ARCHITECTURE.md` is the map.
"""
