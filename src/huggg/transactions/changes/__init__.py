"""The change of a huggg that has not ended: its days, its labels and its receiver."""
