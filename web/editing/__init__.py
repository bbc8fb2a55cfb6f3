"""A dialplan file edited by program: read, changed where it must be, checked, kept as a version, and saved as a whole.

What somebody has written by hand stays as it is, byte for byte, wherever it is not what an edit is about.
"""
