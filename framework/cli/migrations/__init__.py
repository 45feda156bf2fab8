"""The commands about the database: its steps written, carried out, taken back and told."""
