"""Offline: a till without a network accepts hugggs on the word of a signed code.

An *offline code* is 98 bytes that prove themselves: any till verifies it by a public key. A brand's
*rule* says how much its devices may accept without the server. The *revoked* list holds the hugggs that
no device may accept any more: a revoked huggg is refused with every code of it.
"""
