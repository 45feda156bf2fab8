"""PostgreSQL: tables, statements and migrations from the declarations. The only owner of SQLAlchemy."""
