"""The end of a huggg that was not spent: its sender cancels it, or its last day passes.

It ends once, and its value returns as the refund policy says.
"""
