"""The gift page: a door for recipients. It shows one huggg to the holder of its link.

The page changes nothing by being opened. Its holder takes each step by a form: claim the huggg, show its
code, let staff enter a store's PIN, thank the sender.
"""
