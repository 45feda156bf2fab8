"""Pipelines as DSPy modules."""
