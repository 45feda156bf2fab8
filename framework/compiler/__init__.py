"""From declarations to specs: read every class, fill in what is implied, report every mistake at once."""
