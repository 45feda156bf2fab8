"""Calls of programs: each on its own, from plain values to plain values, with all that can go wrong."""
