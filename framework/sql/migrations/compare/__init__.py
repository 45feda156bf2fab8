"""What stands in a database compared with what is declared: definitions, keys, and what has another name."""
