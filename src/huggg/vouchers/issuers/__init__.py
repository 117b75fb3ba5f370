"""Issuers: who makes the codes of a brand. One port, three ways behind it."""
