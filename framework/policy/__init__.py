"""Who may: the rules of a domain compiled to one condition for each action, and decided for each call."""
