"""Signatures, programs and their versions."""
