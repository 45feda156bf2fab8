"""Records that belong to tenants: whose they are, and all that follows from it."""
