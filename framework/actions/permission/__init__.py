"""What may be done with which records: the policies' say in a call, and where it is held to it."""
