"""What was decided of a revision: how things are spoken of, what is renamed, exchanged or may go."""
