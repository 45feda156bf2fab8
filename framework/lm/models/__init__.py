"""Language models: as declared, as DSPy calls them, their keys and what they cost."""
