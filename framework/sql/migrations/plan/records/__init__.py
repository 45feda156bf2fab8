"""What becomes of the records that stand: what fills them, what their values turn into, what may be in the way."""
