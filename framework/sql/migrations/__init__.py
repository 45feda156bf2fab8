"""Migrations: steps written from the declarations, and run. The only owner of Alembic, with `migrations/`."""
