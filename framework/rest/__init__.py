"""REST, derived: a path for every resource, a route for every public action, problems for everything that fails."""
