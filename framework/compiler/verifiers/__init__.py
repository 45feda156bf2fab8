"""What may not be said: each only reports, and is named for the rule it upholds."""
