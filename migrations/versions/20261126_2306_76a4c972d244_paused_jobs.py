"""paused jobs.

Revision: 76a4c972d244
Follows: 91233a4c68d3
Made: 2026-11-26 23:06:10.860285+00:00

Locks, and who waits for them:

    drop_constraint: ACCESS EXCLUSIVE on evaluations, short: reads and writes wait
    drop_index: ACCESS EXCLUSIVE on evaluations, short: reads and writes wait
    drop_constraint: ACCESS EXCLUSIVE on jobs, short: reads and writes wait
    drop_index: ACCESS EXCLUSIVE on jobs, short: reads and writes wait
    drop_index: ACCESS EXCLUSIVE on jobs, short: reads and writes wait
    drop_index: ACCESS EXCLUSIVE on jobs, short: reads and writes wait
    drop_constraint: ACCESS EXCLUSIVE on optimizations, short: reads and writes wait
    drop_index: ACCESS EXCLUSIVE on optimizations, short: reads and writes wait
    add_column: ACCESS EXCLUSIVE on jobs, short: reads and writes wait
    alter_column: ACCESS EXCLUSIVE on jobs, short: reads and writes wait
    refuse_rows: ACCESS SHARE on evaluations, while it is read: nobody waits
    create_check_constraint: ACCESS EXCLUSIVE on evaluations, while it is read: reads and writes wait
    create_index: SHARE on evaluations, while it is built: writes wait
    refuse_rows: ACCESS SHARE on jobs, while it is read: nobody waits
    create_check_constraint: ACCESS EXCLUSIVE on jobs, while it is read: reads and writes wait
    create_index: SHARE on jobs, while it is built: writes wait
    create_index: SHARE on jobs, while it is built: writes wait
    refuse_rows: ACCESS SHARE on jobs, while it is read: nobody waits
    create_index: SHARE on jobs, while it is built: writes wait
    refuse_rows: ACCESS SHARE on optimizations, while it is read: nobody waits
    create_check_constraint: ACCESS EXCLUSIVE on optimizations, while it is read: reads and writes wait
    create_index: SHARE on optimizations, while it is built: writes wait
"""

import sqlalchemy as sa
from alembic import op

revision = "76a4c972d244"
down_revision = "91233a4c68d3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("ck_evaluations_state_choices", "evaluations", type_="check")
    op.drop_index(
        op.f("ix_evaluations_state_id_live"),
        table_name="evaluations",
        postgresql_where="(state = ANY (ARRAY['queued'::text, 'running'::text, 'cancelling'::text, 'failed'::text, 'cancelled'::text]))",
    )
    op.drop_constraint("ck_jobs_state_choices", "jobs", type_="check")
    op.drop_index(
        op.f("ix_jobs_state_notify_after_partial"),
        table_name="jobs",
        postgresql_where="(state = ANY (ARRAY['queued'::text, 'running'::text]))",
        postgresql_include=[],
    )
    op.drop_index(
        op.f("ix_jobs_target_id_partial"),
        table_name="jobs",
        postgresql_where="(state = ANY (ARRAY['queued'::text, 'running'::text]))",
    )
    op.drop_index(
        op.f("uq_jobs_unique_key_one_live_job"),
        table_name="jobs",
        postgresql_where="(state = ANY (ARRAY['queued'::text, 'running'::text]))",
    )
    op.drop_constraint("ck_optimizations_state_choices", "optimizations", type_="check")
    op.drop_index(
        op.f("ix_optimizations_state_id_live"),
        table_name="optimizations",
        postgresql_where="(state = ANY (ARRAY['queued'::text, 'running'::text, 'cancelling'::text, 'failed'::text, 'cancelled'::text]))",
        postgresql_include=[],
    )
    op.add_column("jobs", sa.Column("pause_requested", sa.Boolean(), server_default="false", nullable=False))
    op.alter_column("jobs", "pause_requested", existing_type=sa.Boolean(), server_default=None)
    op.refuse_rows(
        "evaluations",
        "NOT (state IN ('queued', 'running', 'pausing', 'paused', 'cancelling', 'succeeded', 'failed', 'cancelled'))",
        "break the rule `ck_evaluations_state_choices`: state IN ('queued', 'running', 'pausing', 'paused', 'cancelling', 'succeeded', 'failed', 'cancelled')",
    )
    op.create_check_constraint(
        "ck_evaluations_state_choices",
        "evaluations",
        "state IN ('queued', 'running', 'pausing', 'paused', 'cancelling', 'succeeded', 'failed', 'cancelled')",
    )
    op.create_index(
        "ix_evaluations_state_id_live",
        "evaluations",
        ["state", "id"],
        unique=False,
        postgresql_where=sa.text(
            "state = ANY (ARRAY['queued', 'running', 'pausing', 'paused', 'cancelling', 'failed', 'cancelled'])"
        ),
    )
    op.refuse_rows(
        "jobs",
        "NOT (state IN ('queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'))",
        "break the rule `ck_jobs_state_choices`: state IN ('queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled')",
    )
    op.create_check_constraint(
        "ck_jobs_state_choices", "jobs", "state IN ('queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled')"
    )
    op.create_index(
        "ix_jobs_state_notify_after_partial",
        "jobs",
        ["state", "notify_after"],
        unique=False,
        postgresql_where=sa.text("state = ANY (ARRAY['queued', 'running', 'paused'])"),
    )
    op.create_index(
        "ix_jobs_target_id_partial",
        "jobs",
        ["target_id"],
        unique=False,
        postgresql_where=sa.text("state = ANY (ARRAY['queued', 'running', 'paused'])"),
    )
    op.refuse_rows(
        "jobs",
        "unique_key IS NOT NULL AND (state = ANY (ARRAY['queued', 'running', 'paused'])) AND (unique_key) IN (SELECT unique_key FROM jobs WHERE unique_key IS NOT NULL AND (state = ANY (ARRAY['queued', 'running', 'paused'])) GROUP BY unique_key HAVING count(*) > 1)",
        "share their unique_key with others, which `uq_jobs_unique_key_one_live_job` forbids",
    )
    op.create_index(
        "uq_jobs_unique_key_one_live_job",
        "jobs",
        ["unique_key"],
        unique=True,
        postgresql_where=sa.text("state = ANY (ARRAY['queued', 'running', 'paused'])"),
    )
    op.refuse_rows(
        "optimizations",
        "NOT (state IN ('queued', 'running', 'pausing', 'paused', 'cancelling', 'succeeded', 'failed', 'cancelled'))",
        "break the rule `ck_optimizations_state_choices`: state IN ('queued', 'running', 'pausing', 'paused', 'cancelling', 'succeeded', 'failed', 'cancelled')",
    )
    op.create_check_constraint(
        "ck_optimizations_state_choices",
        "optimizations",
        "state IN ('queued', 'running', 'pausing', 'paused', 'cancelling', 'succeeded', 'failed', 'cancelled')",
    )
    op.create_index(
        "ix_optimizations_state_id_live",
        "optimizations",
        ["state", "id"],
        unique=False,
        postgresql_where=sa.text(
            "state = ANY (ARRAY['queued', 'running', 'pausing', 'paused', 'cancelling', 'failed', 'cancelled'])"
        ),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_optimizations_state_id_live",
        table_name="optimizations",
        postgresql_where=sa.text(
            "state = ANY (ARRAY['queued', 'running', 'pausing', 'paused', 'cancelling', 'failed', 'cancelled'])"
        ),
    )
    op.drop_constraint("ck_optimizations_state_choices", "optimizations", type_="check")
    op.drop_index(
        "uq_jobs_unique_key_one_live_job",
        table_name="jobs",
        postgresql_where=sa.text("state = ANY (ARRAY['queued', 'running', 'paused'])"),
    )
    op.drop_index(
        "ix_jobs_target_id_partial",
        table_name="jobs",
        postgresql_where=sa.text("state = ANY (ARRAY['queued', 'running', 'paused'])"),
    )
    op.drop_index(
        "ix_jobs_state_notify_after_partial",
        table_name="jobs",
        postgresql_where=sa.text("state = ANY (ARRAY['queued', 'running', 'paused'])"),
    )
    op.drop_constraint("ck_jobs_state_choices", "jobs", type_="check")
    op.drop_index(
        "ix_evaluations_state_id_live",
        table_name="evaluations",
        postgresql_where=sa.text(
            "state = ANY (ARRAY['queued', 'running', 'pausing', 'paused', 'cancelling', 'failed', 'cancelled'])"
        ),
    )
    op.drop_constraint("ck_evaluations_state_choices", "evaluations", type_="check")
    op.drop_column("jobs", "pause_requested")
    op.create_index(
        op.f("ix_optimizations_state_id_live"),
        "optimizations",
        ["state", "id"],
        unique=False,
        postgresql_where=sa.text(
            "(state = ANY (ARRAY['queued'::text, 'running'::text, 'cancelling'::text, 'failed'::text, 'cancelled'::text]))"
        ),
        postgresql_include=[],
    )
    op.refuse_rows(
        "optimizations",
        "NOT ((state = ANY (ARRAY['queued'::text, 'running'::text, 'cancelling'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text])))",
        "break the rule `ck_optimizations_state_choices`: (state = ANY (ARRAY['queued'::text, 'running'::text, 'cancelling'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text]))",
    )
    op.create_check_constraint(
        "ck_optimizations_state_choices",
        "optimizations",
        "(state = ANY (ARRAY['queued'::text, 'running'::text, 'cancelling'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text]))",
    )
    op.refuse_rows(
        "jobs",
        "unique_key IS NOT NULL AND ((state = ANY (ARRAY['queued'::text, 'running'::text]))) AND (unique_key) IN (SELECT unique_key FROM jobs WHERE unique_key IS NOT NULL AND ((state = ANY (ARRAY['queued'::text, 'running'::text]))) GROUP BY unique_key HAVING count(*) > 1)",
        "share their unique_key with others, which `uq_jobs_unique_key_one_live_job` forbids",
    )
    op.create_index(
        op.f("uq_jobs_unique_key_one_live_job"),
        "jobs",
        ["unique_key"],
        unique=True,
        postgresql_where=sa.text("(state = ANY (ARRAY['queued'::text, 'running'::text]))"),
    )
    op.create_index(
        op.f("ix_jobs_target_id_partial"),
        "jobs",
        ["target_id"],
        unique=False,
        postgresql_where=sa.text("(state = ANY (ARRAY['queued'::text, 'running'::text]))"),
    )
    op.create_index(
        op.f("ix_jobs_state_notify_after_partial"),
        "jobs",
        ["state", "notify_after"],
        unique=False,
        postgresql_where=sa.text("(state = ANY (ARRAY['queued'::text, 'running'::text]))"),
        postgresql_include=[],
    )
    op.refuse_rows(
        "jobs",
        "NOT ((state = ANY (ARRAY['queued'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text])))",
        "break the rule `ck_jobs_state_choices`: (state = ANY (ARRAY['queued'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text]))",
    )
    op.create_check_constraint(
        "ck_jobs_state_choices",
        "jobs",
        "(state = ANY (ARRAY['queued'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text]))",
    )
    op.create_index(
        op.f("ix_evaluations_state_id_live"),
        "evaluations",
        ["state", "id"],
        unique=False,
        postgresql_where=sa.text(
            "(state = ANY (ARRAY['queued'::text, 'running'::text, 'cancelling'::text, 'failed'::text, 'cancelled'::text]))"
        ),
    )
    op.refuse_rows(
        "evaluations",
        "NOT ((state = ANY (ARRAY['queued'::text, 'running'::text, 'cancelling'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text])))",
        "break the rule `ck_evaluations_state_choices`: (state = ANY (ARRAY['queued'::text, 'running'::text, 'cancelling'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text]))",
    )
    op.create_check_constraint(
        "ck_evaluations_state_choices",
        "evaluations",
        "(state = ANY (ARRAY['queued'::text, 'running'::text, 'cancelling'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text]))",
    )


# Which tables, with their columns and rules, are the project's since this step, and which are no longer.
creates: dict[str, list[str]] = {
    "evaluations": ["ck_evaluations_state_choices", "ix_evaluations_state_id_live"],
    "jobs": [
        "ck_jobs_state_choices",
        "ix_jobs_state_notify_after_partial",
        "ix_jobs_target_id_partial",
        "pause_requested",
        "uq_jobs_unique_key_one_live_job",
    ],
    "optimizations": ["ck_optimizations_state_choices", "ix_optimizations_state_id_live"],
}
drops: dict[str, list[str]] = {
    "evaluations": ["ck_evaluations_state_choices", "ix_evaluations_state_id_live"],
    "jobs": [
        "ck_jobs_state_choices",
        "ix_jobs_state_notify_after_partial",
        "ix_jobs_target_id_partial",
        "uq_jobs_unique_key_one_live_job",
    ],
    "optimizations": ["ck_optimizations_state_choices", "ix_optimizations_state_id_live"],
}
renames: list[tuple[str, ...]] = []
