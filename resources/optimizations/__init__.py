"""How programs get better."""
