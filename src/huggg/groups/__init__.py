"""A group: people who share one link, each of whom takes one huggg of a purchase.

A person types an e-mail address, gets a mail with a link that confirms it, and takes a huggg by a button
on the page behind that link. Opening either link changes nothing. However an address is written, it
takes one huggg of a link: a further confirmation leads to the same huggg.
"""
