"""The steps, oldest first by their links; frozen once released."""
