"""imports in parts.

Revision: 91233a4c68d3
Follows: bb8116407114
Made: 2026-11-26 18:57:13.961067+00:00

Locks, and who waits for them:

    create_table: ACCESS EXCLUSIVE on dataset_imports, new: nobody waits
    create_table: SHARE ROW EXCLUSIVE on datasets, short: writes wait
"""

import sqlalchemy as sa
from alembic import op

revision = "91233a4c68d3"
down_revision = "bb8116407114"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dataset_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["dataset_id"], ["datasets.id"], name="fk_dataset_imports_dataset_id"),
        sa.PrimaryKeyConstraint("id", name="pk_dataset_imports"),
        sa.UniqueConstraint("dataset_id", deferrable=True, initially="IMMEDIATE", name="uq_dataset_imports_dataset_id"),
    )


def downgrade() -> None:
    op.drop_table("dataset_imports")


# Which tables, with their columns and rules, are the project's since this step, and which are no longer.
creates: dict[str, list[str]] = {
    "dataset_imports": [
        "created_at",
        "dataset_id",
        "fk_dataset_imports_dataset_id",
        "id",
        "pk_dataset_imports",
        "seen_at",
        "uq_dataset_imports_dataset_id",
    ]
}
drops: dict[str, list[str]] = {}
renames: list[tuple[str, ...]] = []
