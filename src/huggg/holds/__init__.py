"""A hold: a till keeps a huggg to itself for some minutes, and then confirms or reverses.

While a hold stands, nothing else redeems, cancels, expires or moves the huggg: each statement that does
so checks `held_until` on the huggg's row. A hold is *held*, and ends as *confirmed* (it became a
redemption), *reversed* (the till gave it up), or *lapsed* (its time ran out). A huggg whose last day
ends meanwhile can still be confirmed.
"""
