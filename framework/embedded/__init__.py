"""A private PostgreSQL and Redis for a machine that has neither, shared by the processes of one data folder."""
