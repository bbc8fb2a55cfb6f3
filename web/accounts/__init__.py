"""Who may do what: accounts and their owners, sign-in by a code sent by e-mail, sessions, tokens, and the audit log.

A page asks for ``Manager`` and a route of the API for ``api_caller(scope)`` (``access``); whoever changes something
says so with ``audit``. ``about`` tells what an account is called and where it is, with or without a dialplan.
"""
