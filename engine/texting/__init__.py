"""Texts between people of an account (MESSAGE), kept for those whose phones are away."""
