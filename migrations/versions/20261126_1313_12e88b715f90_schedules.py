"""schedules.

Revision: 12e88b715f90
Follows: 9894a7864adc
Made: 2026-11-26 13:13:15.389303+00:00

Locks, and who waits for them:

    create_table: ACCESS EXCLUSIVE on job_schedules, new: nobody waits
"""

import sqlalchemy as sa
from alembic import op

revision = "12e88b715f90"
down_revision = "9894a7864adc"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job_schedules",
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("says", sa.Text(collation="C"), nullable=False),
        sa.Column("next_due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_job_id", sa.Uuid(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_job_schedules"),
    )


def downgrade() -> None:
    op.drop_table("job_schedules")


# Which tables, with their columns and rules, are the project's since this step, and which are no longer.
creates: dict[str, list[str]] = {
    "job_schedules": ["last_due", "last_job_id", "looked_at", "name", "next_due", "pk_job_schedules", "says"]
}
drops: dict[str, list[str]] = {}
renames: list[tuple[str, ...]] = []
