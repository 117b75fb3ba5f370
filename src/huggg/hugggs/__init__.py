"""A huggg: one present from its sender to its recipient, from link to last day.

A huggg is for one product; bought as a *choice*, it is for the one that its receiver *picks*. Its
*shortcode* is the public end of its link; the holder of the link can use
it. It is *sent* (with a receiver or without one yet), *claimed* (its receiver took it), *redeemed* (and
maybe taken back), *cancelled* or *expired*: valid through its last day where the brand is. It has at
most one live redemption, ever.
"""
