"""The demo world: invented brands, a sender, a till and a wallet, to try every part of the API in."""
