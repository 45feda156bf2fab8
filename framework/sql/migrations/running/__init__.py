"""Steps carried out: one process at a time, how long each waits, and what the database has taken."""
