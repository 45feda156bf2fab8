"""retention.

Revision: 2b848b0e3dd6
Follows: bd51e49cfd73
Made: 2026-11-26 16:10:29.016075+00:00

Locks, and who waits for them:

    create_table: ACCESS EXCLUSIVE on retention_rules, new: nobody waits
    add_column: ACCESS EXCLUSIVE on recorded_calls, short: reads and writes wait
    alter_column: ACCESS EXCLUSIVE on recorded_calls, short: reads and writes wait
    create_index: SHARE on jobs, while it is built: writes wait
    create_index: SHARE on process_heartbeats, while it is built: writes wait
    create_index: SHARE on recorded_calls, while it is built: writes wait
"""

import sqlalchemy as sa
from alembic import op

revision = "2b848b0e3dd6"
down_revision = "bd51e49cfd73"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "retention_rules",
        sa.Column("resource", sa.Text(collation="C"), nullable=False),
        sa.Column("says", sa.Text(collation="C"), nullable=False),
        sa.Column("removed", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("caught_up", sa.Boolean(), nullable=False),
        sa.CheckConstraint("removed >= 0", name="ck_retention_rules_removed_ge"),
        sa.PrimaryKeyConstraint("resource", name="pk_retention_rules"),
    )
    op.add_column(
        "recorded_calls",
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("statement_timestamp()"), nullable=False
        ),
    )
    op.alter_column("recorded_calls", "created_at", existing_type=sa.DateTime(timezone=True), server_default=None)
    op.create_index("ix_jobs_finished_at_id", "jobs", ["finished_at", "id"], unique=False)
    op.create_index("ix_process_heartbeats_seen_at_id", "process_heartbeats", ["seen_at", "id"], unique=False)
    op.create_index("ix_recorded_calls_created_at_id", "recorded_calls", ["created_at", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_recorded_calls_created_at_id", table_name="recorded_calls")
    op.drop_index("ix_process_heartbeats_seen_at_id", table_name="process_heartbeats")
    op.drop_index("ix_jobs_finished_at_id", table_name="jobs")
    op.drop_column("recorded_calls", "created_at")
    op.drop_table("retention_rules")


# Which tables, with their columns and rules, are the project's since this step, and which are no longer.
creates: dict[str, list[str]] = {
    "jobs": ["ix_jobs_finished_at_id"],
    "process_heartbeats": ["ix_process_heartbeats_seen_at_id"],
    "recorded_calls": ["created_at", "ix_recorded_calls_created_at_id"],
    "retention_rules": [
        "caught_up",
        "ck_retention_rules_removed_ge",
        "looked_at",
        "pk_retention_rules",
        "removed",
        "resource",
        "says",
    ],
}
drops: dict[str, list[str]] = {}
renames: list[tuple[str, ...]] = []
