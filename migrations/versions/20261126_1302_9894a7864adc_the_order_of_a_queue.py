"""the order of a queue.

Revision: 9894a7864adc
Follows: 781e10b72c67
Made: 2026-11-26 13:02:35.888193+00:00

Locks, and who waits for them:

    create_index: SHARE on jobs, while it is built: writes wait
"""

import sqlalchemy as sa
from alembic import op

revision = "9894a7864adc"
down_revision = "781e10b72c67"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_jobs_queue_run_after_partial",
        "jobs",
        ["queue", "run_after"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
    )


def downgrade() -> None:
    op.drop_index("ix_jobs_queue_run_after_partial", table_name="jobs", postgresql_where=sa.text("state = 'queued'"))


# Which tables, with their columns and rules, are the project's since this step, and which are no longer.
creates: dict[str, list[str]] = {"jobs": ["ix_jobs_queue_run_after_partial"]}
drops: dict[str, list[str]] = {}
renames: list[tuple[str, ...]] = []
