"""The values that travel: what an attribute or an argument may hold."""
