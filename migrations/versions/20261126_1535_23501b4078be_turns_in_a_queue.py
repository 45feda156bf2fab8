"""turns in a queue.

Revision: 23501b4078be
Follows: 12e88b715f90
Made: 2026-11-26 15:35:07.305607+00:00

Locks, and who waits for them:

    drop_index: ACCESS EXCLUSIVE on jobs, short: reads and writes wait
    add_column: ACCESS EXCLUSIVE on jobs, short: reads and writes wait
    alter_column: ACCESS EXCLUSIVE on jobs, short: reads and writes wait
    add_column: ACCESS EXCLUSIVE on jobs, short: reads and writes wait
    alter_column: ACCESS EXCLUSIVE on jobs, short: reads and writes wait
    create_index: SHARE on jobs, while it is built: writes wait
    create_index: SHARE on jobs, while it is built: writes wait
    refuse_rows: ACCESS SHARE on jobs, while it is read: nobody waits
    create_check_constraint: ACCESS EXCLUSIVE on jobs, while it is read: reads and writes wait
    refuse_rows: ACCESS SHARE on jobs, while it is read: nobody waits
    create_check_constraint: ACCESS EXCLUSIVE on jobs, while it is read: reads and writes wait
"""

import sqlalchemy as sa
from alembic import op

revision = "23501b4078be"
down_revision = "12e88b715f90"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(
        op.f("ix_jobs_queue_run_after_partial"), table_name="jobs", postgresql_where="(state = 'queued'::text)"
    )
    op.add_column("jobs", sa.Column("fairness_key", sa.Text(collation="C"), server_default="", nullable=False))
    op.alter_column("jobs", "fairness_key", existing_type=sa.Text(collation="C"), server_default=None)
    op.add_column("jobs", sa.Column("turn", sa.BigInteger(), server_default="0", nullable=False))
    op.alter_column("jobs", "turn", existing_type=sa.BigInteger(), server_default=None)
    op.create_index(
        "ix_jobs_queue_fairness_key_turn_partial",
        "jobs",
        ["queue", "fairness_key", "turn"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_jobs_queue_turn_run_after_partial",
        "jobs",
        ["queue", "turn", "run_after"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.refuse_rows("jobs", "NOT (turn >= 0)", "break the rule `ck_jobs_turn_ge`: turn >= 0")
    op.create_check_constraint("ck_jobs_turn_ge", "jobs", "turn >= 0")
    op.refuse_rows("jobs", "NOT (turn <= 2147483647)", "break the rule `ck_jobs_turn_le`: turn <= 2147483647")
    op.create_check_constraint("ck_jobs_turn_le", "jobs", "turn <= 2147483647")


def downgrade() -> None:
    op.drop_constraint("ck_jobs_turn_le", "jobs", type_="check")
    op.drop_constraint("ck_jobs_turn_ge", "jobs", type_="check")
    op.drop_index(
        "ix_jobs_queue_turn_run_after_partial", table_name="jobs", postgresql_where=sa.text("state = 'queued'")
    )
    op.drop_index(
        "ix_jobs_queue_fairness_key_turn_partial", table_name="jobs", postgresql_where=sa.text("state = 'queued'")
    )
    op.drop_column("jobs", "turn")
    op.drop_column("jobs", "fairness_key")
    op.create_index(
        op.f("ix_jobs_queue_run_after_partial"),
        "jobs",
        ["queue", "run_after"],
        unique=False,
        postgresql_where=sa.text("(state = 'queued'::text)"),
    )


# Which tables, with their columns and rules, are the project's since this step, and which are no longer.
creates: dict[str, list[str]] = {
    "jobs": [
        "ck_jobs_turn_ge",
        "ck_jobs_turn_le",
        "fairness_key",
        "ix_jobs_queue_fairness_key_turn_partial",
        "ix_jobs_queue_turn_run_after_partial",
        "turn",
    ]
}
drops: dict[str, list[str]] = {"jobs": ["ix_jobs_queue_run_after_partial"]}
renames: list[tuple[str, ...]] = []
