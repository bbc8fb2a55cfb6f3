"""The providers through which telephones outside are called, and call: their file, and how they stand."""
