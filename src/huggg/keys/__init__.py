"""Sealing keys: numbered, kept outside the database, in use once every running process has them."""
