"""Evaluations: a program scored on examples."""
