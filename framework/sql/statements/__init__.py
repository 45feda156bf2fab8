"""Statements from selections and rows: built, kept, and read back, with what their failures mean."""
