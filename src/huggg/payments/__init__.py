"""Payments: a purchase by card, and the card that pays for it.

A *card* is a reference at a *processor*, never a number. A *payment* is one charge of a card for one
transaction: *intended* before the processor is called, then *charged*, *declined*, or *refunded* if its
hugggs could not be made. Its id is the key of every call about it, so any number of calls by any process
charges it once.
"""
