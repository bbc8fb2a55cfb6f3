"""What phones show of others: lamps, messages waiting, presence (SIP subscriptions)."""
