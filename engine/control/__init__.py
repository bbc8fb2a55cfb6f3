"""The control door: what other processes of the same user may ask a running engine, and be told by it.

A unix socket in the state folder. The console looks through it (who is registered, which calls there are), has
dialplans reloaded and phones rung; ``belplan status`` and ``belplan ring`` do the same.
"""
