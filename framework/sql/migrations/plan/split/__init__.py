"""A revision as two steps, the one that old and new code work beside, and the one after that."""
