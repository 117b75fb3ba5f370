"""Issuers: the sources of a brand's codes. One port, three implementations."""
