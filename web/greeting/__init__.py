"""What callers hear first: recorded in the browser or by phone, uploaded, or typed to be spoken."""
