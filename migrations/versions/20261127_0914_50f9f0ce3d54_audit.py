"""What was before, from where and by which key; and what was refused.

Revision: 50f9f0ce3d54
Follows: 9d98bbe14c4b
Made: 2026-11-27 09:14:07.674294+00:00

Locks, and who waits for them:

    create_table: ACCESS EXCLUSIVE on refusals, new: nobody waits
    add_column: ACCESS EXCLUSIVE on events, short: reads and writes wait
    add_column: ACCESS EXCLUSIVE on events, short: reads and writes wait
    add_column: ACCESS EXCLUSIVE on events, short: reads and writes wait
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "50f9f0ce3d54"
down_revision = "9d98bbe14c4b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refusals",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("action", sa.Text(collation="C"), nullable=False),
        sa.Column("target_type", sa.Text(collation="C"), nullable=False),
        sa.Column("target_id", sa.Text(collation="C"), nullable=True),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("actor", sa.Text(collation="C"), nullable=True),
        sa.Column("credential", sa.Text(collation="C"), nullable=True),
        sa.Column("address", sa.Text(collation="C"), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_refusals"),
    )
    op.add_column("events", sa.Column("credential", sa.Text(collation="C"), nullable=True))
    op.add_column("events", sa.Column("address", sa.Text(collation="C"), nullable=True))
    op.add_column("events", sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.create_index("ix_refusals_actor_at_desc", "refusals", ["actor", sa.literal_column("at DESC")], unique=False)
    op.create_index("ix_refusals_at_seq", "refusals", ["at", "seq"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_refusals_at_seq", table_name="refusals")
    op.drop_index("ix_refusals_actor_at_desc", table_name="refusals")
    op.drop_column("events", "before")
    op.drop_column("events", "address")
    op.drop_column("events", "credential")
    op.drop_table("refusals")


# Which tables, with their columns and rules, are the project's since this step, and which are no longer.
creates: dict[str, list[str]] = {
    "events": ["address", "before", "credential"],
    "refusals": [
        "action",
        "actor",
        "address",
        "at",
        "code",
        "credential",
        "ix_refusals_actor_at_desc",
        "ix_refusals_at_seq",
        "pk_refusals",
        "request_id",
        "seq",
        "target_id",
        "target_type",
    ],
}
drops: dict[str, list[str]] = {}
renames: list[tuple[str, ...]] = []
