"""What a step can do besides what Alembic has: renames, and looks at the records."""
