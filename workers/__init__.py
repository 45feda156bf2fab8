"""The worker processes: Celery's prefork pool, each child with one engine and one cache of models."""
