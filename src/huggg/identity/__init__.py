"""Identity: the callers of the API.

A *client* is a program with an id and a secret; a *user* is a person (a customer, a merchant's staff or
an operator). A *session* is one login of a client, alone or for a user; its *tokens* are opaque, stored
only as fingerprints, and end the moment the session is revoked. A *caller* is the client, user or key
that a valid token stands for: every other noun asks only the caller about permissions.
"""
