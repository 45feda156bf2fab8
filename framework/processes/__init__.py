"""The processes of an installation as the database knows them: which of them live, and whether this one is to end."""
