"""The dashboard: what is left to do, who has a phone, which calls there are and were, and what the check warns of.

A page shows all of that as it is when it is loaded; with JavaScript its pieces go on being as they are (``live``,
``feed``, ``stream``): one connection to the engine tells all viewers, once a second at most.
"""
