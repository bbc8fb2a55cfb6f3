"""Commands of the console: a room each, called as the command is, beside those of ``engine.cli``."""
