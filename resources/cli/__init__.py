"""The platform's commands, each a client of the public API."""
