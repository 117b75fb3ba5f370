"""A redemption: a huggg is spent at a merchant's location, once, and can be taken back.

The till asks which *adjustment codes* the huggg may be rung up as, *redeems* it at a *location*, and on
a void *unredeems* the latest redemption. Redeem and unredeem alternate; no huggg has two live
redemptions, which the guarded update says first and a partial unique index says again.
"""
