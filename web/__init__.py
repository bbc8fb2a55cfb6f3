"""The console: the calling plan set up in a browser, by command, or through the JSON API. It stands on ``engine`` only.

A process of its own beside the engine's. What it decides is written where an admin would write it by hand: into the
account's dialplan; only what no dialplan holds (who may sign in, invitations, transfers) is in the state store.
"""
