"""Whose things they are."""
