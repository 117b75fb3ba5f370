"""Sealing keys: numbered, kept outside the database, and in use once every running process holds them."""
