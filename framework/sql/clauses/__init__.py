"""Values, types and expressions as PostgreSQL has them: each becomes a clause, and every known value a parameter."""
