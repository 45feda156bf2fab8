"""The language of signatures: one definition, written and read as text, as JSON and as a class."""
