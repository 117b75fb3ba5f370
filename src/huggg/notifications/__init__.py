"""Notifications: words to people, as mail, SMS or a printed sheet.

A *delivery* is one message to one person through one channel. Its row exists before any channel is
asked, under a key of its subject, kind and slot, so that no crash and no retry says anything twice. Jobs
hand deliveries over; receipts and bounces of the channels move their state, and never back from
*delivered*.
"""
