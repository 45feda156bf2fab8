"""Two lines of steps that were written beside each other: where one takes away what the other speaks of."""
