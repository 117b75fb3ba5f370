"""Outgoing: requests to addresses that a customer gave, such as a brand's code service.

A server stands inside a network; an address that a customer gives must not let them reach into it. So
a name is resolved once, every answer of the resolver is judged, and the connection is made to an
address that was judged, never to the name again. No redirect is followed, and no proxy is used that the
environment names.

Addresses that the operator gives (the database, Stripe's API) do not come this way.
"""
