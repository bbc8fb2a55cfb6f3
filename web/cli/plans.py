"""What commands that change dialplans share: the account, who does it, and how it is told."""
