"""attempts without progress.

Revision: a20cb3830827
Follows: 5f2e5249618d
Made: 2026-11-26 12:26:14.116466+00:00

Locks, and who waits for them:

    add_column: ACCESS EXCLUSIVE on jobs, short: reads and writes wait
    alter_column: ACCESS EXCLUSIVE on jobs, short: reads and writes wait
    refuse_rows: ACCESS SHARE on jobs, while it is read: nobody waits
    create_check_constraint: ACCESS EXCLUSIVE on jobs, while it is read: reads and writes wait
    refuse_rows: ACCESS SHARE on jobs, while it is read: nobody waits
    create_check_constraint: ACCESS EXCLUSIVE on jobs, while it is read: reads and writes wait
"""

import sqlalchemy as sa
from alembic import op

revision = "a20cb3830827"
down_revision = "5f2e5249618d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("attempts_without_progress", sa.BigInteger(), server_default="0", nullable=False))
    op.alter_column("jobs", "attempts_without_progress", existing_type=sa.BigInteger(), server_default=None)
    op.refuse_rows(
        "jobs",
        "NOT (attempts_without_progress >= 0)",
        "break the rule `ck_jobs_attempts_without_progress_ge`: attempts_without_progress >= 0",
    )
    op.create_check_constraint("ck_jobs_attempts_without_progress_ge", "jobs", "attempts_without_progress >= 0")
    op.refuse_rows(
        "jobs",
        "NOT (attempts_without_progress <= 2147483647)",
        "break the rule `ck_jobs_attempts_without_progress_le`: attempts_without_progress <= 2147483647",
    )
    op.create_check_constraint(
        "ck_jobs_attempts_without_progress_le", "jobs", "attempts_without_progress <= 2147483647"
    )


def downgrade() -> None:
    op.drop_constraint("ck_jobs_attempts_without_progress_le", "jobs", type_="check")
    op.drop_constraint("ck_jobs_attempts_without_progress_ge", "jobs", type_="check")
    op.drop_column("jobs", "attempts_without_progress")


# Which tables, with their columns and rules, are the project's since this step, and which are no longer.
creates: dict[str, list[str]] = {
    "jobs": [
        "attempts_without_progress",
        "ck_jobs_attempts_without_progress_ge",
        "ck_jobs_attempts_without_progress_le",
    ]
}
drops: dict[str, list[str]] = {}
renames: list[tuple[str, ...]] = []
