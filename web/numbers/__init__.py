"""An account's numbers: the stock, what may be in it, who has what, and which one is the main number."""
