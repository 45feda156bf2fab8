"""Who may, as it was declared: read from the class body, and what is wrong with it."""
