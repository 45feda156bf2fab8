"""epochs of the log.

Revision: bb8116407114
Follows: 2b848b0e3dd6
Made: 2026-11-26 16:29:31.474103+00:00

Locks, and who waits for them:

    create_table: ACCESS EXCLUSIVE on log_epochs, new: nobody waits
"""

import sqlalchemy as sa
from alembic import op

revision = "bb8116407114"
down_revision = "2b848b0e3dd6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "log_epochs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("database", sa.Text(collation="C"), nullable=False),
        sa.Column("removed_transaction", sa.BigInteger(), nullable=False),
        sa.Column("removed_seq", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_log_epochs"),
        sa.UniqueConstraint("database", deferrable=True, initially="IMMEDIATE", name="uq_log_epochs_database"),
    )


def downgrade() -> None:
    op.drop_table("log_epochs")


# Which tables, with their columns and rules, are the project's since this step, and which are no longer.
creates: dict[str, list[str]] = {
    "log_epochs": [
        "created_at",
        "database",
        "id",
        "pk_log_epochs",
        "removed_seq",
        "removed_transaction",
        "uq_log_epochs_database",
    ]
}
drops: dict[str, list[str]] = {}
renames: list[tuple[str, ...]] = []
