"""Wallets: a team's prepaid money.

Value moves only by *transfers* from one account to another; a transfer is never changed, a correction is
another transfer. A wallet's *available* money is *committed* when hugggs are bought, *posted* to the
merchant when one is redeemed, *unposted* when that is taken back, and *voided* back to the wallet when a
huggg ends unspent. Every balance is the sum of its transfers; a wallet also keeps `available` on its
row, so that a CHECK can refuse to overspend it at any number of concurrent purchases.
"""
