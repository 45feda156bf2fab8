"""The end of records: what is kept for a while is removed when that is over, a batch at a time and beside the work."""
