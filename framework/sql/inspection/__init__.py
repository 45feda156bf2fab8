"""A schema that stands already, read into declarations: the catalog as values, and these as the text of a module."""
