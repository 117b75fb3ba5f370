"""The server: the only package that builds an application out of all the others."""
