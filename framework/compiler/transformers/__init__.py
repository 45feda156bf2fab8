"""What is implied, filled in: each returns a new domain; their order is the tuple in `compiler.domain`."""
