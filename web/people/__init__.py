"""An account's people: added many at once, with numbers, extensions and licences, and invited to set up phones."""
