"""Background work: the row in `jobs` is the truth, Celery is the doorbell and the engine that scales workers.

Only `celery_app` and `dispatch` know Celery; declaring a job, enqueueing and running one do not load it.
"""
