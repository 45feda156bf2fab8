"""A process put together: a domain's engine over real servers, for the API, the workers and the command line."""
