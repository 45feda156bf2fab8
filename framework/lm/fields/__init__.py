"""What a field of a signature may be: its name, its type, and the type as JSON and as a Python annotation."""
