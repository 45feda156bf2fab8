"""What the database has been: one file for each step, and the environment that runs them."""
