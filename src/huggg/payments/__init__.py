"""Payments: a purchase that a card pays for, and the card that does.

A *card* is a reference at a *processor*, never a number. A *payment* is one charge of a card for one
transaction: *intended* before anybody calls the processor, then *charged*, *declined*, or *refunded*
when what it was for could not be made. Its id is the key of every call about it, so however often it
is asked for, by whichever process, it is charged once.
"""
