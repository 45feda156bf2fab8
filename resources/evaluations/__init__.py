"""How good programs are."""
