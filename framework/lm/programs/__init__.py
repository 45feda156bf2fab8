"""Programs: definitions, the DSPy modules built of them, what they have learned, and their tools."""
