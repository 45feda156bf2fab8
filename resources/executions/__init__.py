"""Programs being run."""
