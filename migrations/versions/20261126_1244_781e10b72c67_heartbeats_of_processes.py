"""heartbeats of processes.

Revision: 781e10b72c67
Follows: a20cb3830827
Made: 2026-11-26 12:44:29.675910+00:00

Locks, and who waits for them:

    create_table: ACCESS EXCLUSIVE on process_heartbeats, new: nobody waits
    add_column: ACCESS EXCLUSIVE on executions, short: reads and writes wait
"""

import sqlalchemy as sa
from alembic import op

revision = "781e10b72c67"
down_revision = "a20cb3830827"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "process_heartbeats",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_process_heartbeats"),
    )
    op.add_column("executions", sa.Column("owner_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("executions", "owner_id")
    op.drop_table("process_heartbeats")


# Which tables, with their columns and rules, are the project's since this step, and which are no longer.
creates: dict[str, list[str]] = {
    "executions": ["owner_id"],
    "process_heartbeats": ["created_at", "id", "name", "pk_process_heartbeats", "seen_at"],
}
drops: dict[str, list[str]] = {}
renames: list[tuple[str, ...]] = []
