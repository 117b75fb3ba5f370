"""A device: a browser in which a merchant's staff use the till page, at one location.

A manager *invites* a device, and gets a *pairing code* for it. The browser in which the code is typed
is *paired*: a sealed cookie names the device from then on. A device that is *revoked* is refused at its
next request, on every server, because each request reads the device again.
"""
