"""indexes of lists and states.

Revision: bd51e49cfd73
Follows: 23501b4078be
Made: 2026-11-26 16:01:05.000000+00:00

Locks, and who waits for them:

    drop_index: SHARE UPDATE EXCLUSIVE on examples, short: nobody waits
    drop_index: SHARE UPDATE EXCLUSIVE on executions, short: nobody waits
    drop_index: SHARE UPDATE EXCLUSIVE on jobs, short: nobody waits
    create_index: SHARE UPDATE EXCLUSIVE on evaluations, while it is built: nobody waits
    create_index: SHARE UPDATE EXCLUSIVE on evaluations, while it is built: nobody waits
    create_index: SHARE UPDATE EXCLUSIVE on examples, while it is built: nobody waits
    create_index: SHARE UPDATE EXCLUSIVE on examples, while it is built: nobody waits
    create_index: SHARE UPDATE EXCLUSIVE on executions, while it is built: nobody waits
    create_index: SHARE UPDATE EXCLUSIVE on executions, while it is built: nobody waits
    create_index: SHARE UPDATE EXCLUSIVE on executions, while it is built: nobody waits
    create_index: SHARE UPDATE EXCLUSIVE on jobs, while it is built: nobody waits
    create_index: SHARE UPDATE EXCLUSIVE on jobs, while it is built: nobody waits
    create_index: SHARE UPDATE EXCLUSIVE on jobs, while it is built: nobody waits
    create_index: SHARE UPDATE EXCLUSIVE on jobs, while it is built: nobody waits
    create_index: SHARE UPDATE EXCLUSIVE on optimizations, while it is built: nobody waits
    create_index: SHARE UPDATE EXCLUSIVE on optimizations, while it is built: nobody waits
"""

import sqlalchemy as sa
from alembic import op

revision = "bd51e49cfd73"
down_revision = "23501b4078be"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Made before what they take the place of goes, so that nothing is without one meanwhile.
    op.create_index(
        "ix_evaluations_created_at_id",
        "evaluations",
        ["created_at", "id"],
        unique=False,
        postgresql_concurrently=True,
        if_not_exists=True,
    )
    op.create_index(
        "ix_evaluations_state_id_live",
        "evaluations",
        ["state", "id"],
        unique=False,
        postgresql_where=sa.text("state = ANY (ARRAY['queued', 'running', 'cancelling', 'failed', 'cancelled'])"),
        postgresql_concurrently=True,
        if_not_exists=True,
    )
    op.create_index(
        "ix_examples_dataset_id_id",
        "examples",
        ["dataset_id", "id"],
        unique=False,
        postgresql_concurrently=True,
        if_not_exists=True,
    )
    op.create_index(
        "ix_examples_dataset_id_split_id",
        "examples",
        ["dataset_id", "split", "id"],
        unique=False,
        postgresql_concurrently=True,
        if_not_exists=True,
    )
    op.create_index(
        "ix_executions_created_at_id",
        "executions",
        ["created_at", "id"],
        unique=False,
        postgresql_concurrently=True,
        if_not_exists=True,
    )
    op.create_index(
        "ix_executions_program_id_created_at_desc_id_desc",
        "executions",
        ["program_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_concurrently=True,
        if_not_exists=True,
    )
    op.create_index(
        "ix_executions_status_created_at_desc_id_desc",
        "executions",
        ["status", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_concurrently=True,
        if_not_exists=True,
    )
    op.create_index(
        "ix_jobs_created_at_id",
        "jobs",
        ["created_at", "id"],
        unique=False,
        postgresql_concurrently=True,
        if_not_exists=True,
    )
    op.create_index(
        "ix_jobs_state_created_at_desc_id_desc",
        "jobs",
        ["state", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_concurrently=True,
        if_not_exists=True,
    )
    op.create_index(
        "ix_jobs_state_notify_after_partial",
        "jobs",
        ["state", "notify_after"],
        unique=False,
        postgresql_where=sa.text("state = ANY (ARRAY['queued', 'running'])"),
        postgresql_concurrently=True,
        if_not_exists=True,
    )
    op.create_index(
        "ix_jobs_target_id_created_at_desc_id_desc",
        "jobs",
        ["target_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_concurrently=True,
        if_not_exists=True,
    )
    op.create_index(
        "ix_optimizations_created_at_id",
        "optimizations",
        ["created_at", "id"],
        unique=False,
        postgresql_concurrently=True,
        if_not_exists=True,
    )
    op.create_index(
        "ix_optimizations_state_id_live",
        "optimizations",
        ["state", "id"],
        unique=False,
        postgresql_where=sa.text("state = ANY (ARRAY['queued', 'running', 'cancelling', 'failed', 'cancelled'])"),
        postgresql_concurrently=True,
        if_not_exists=True,
    )
    op.drop_index(
        op.f("ix_examples_dataset_id_split"), table_name="examples", postgresql_concurrently=True, if_exists=True
    )
    op.drop_index(
        op.f("ix_executions_program_id_created_at"),
        table_name="executions",
        postgresql_concurrently=True,
        if_exists=True,
    )
    op.drop_index(op.f("ix_jobs_state_notify_after"), table_name="jobs", postgresql_concurrently=True, if_exists=True)


def downgrade() -> None:
    # Made before what they take the place of goes, so that nothing is without one meanwhile.
    op.create_index(
        op.f("ix_jobs_state_notify_after"),
        "jobs",
        ["state", "notify_after"],
        unique=False,
        postgresql_concurrently=True,
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_executions_program_id_created_at"),
        "executions",
        ["program_id", "created_at"],
        unique=False,
        postgresql_concurrently=True,
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_examples_dataset_id_split"),
        "examples",
        ["dataset_id", "split"],
        unique=False,
        postgresql_concurrently=True,
        if_not_exists=True,
    )
    op.drop_index(
        "ix_optimizations_state_id_live",
        table_name="optimizations",
        postgresql_where=sa.text("state = ANY (ARRAY['queued', 'running', 'cancelling', 'failed', 'cancelled'])"),
        postgresql_concurrently=True,
        if_exists=True,
    )
    op.drop_index(
        "ix_optimizations_created_at_id", table_name="optimizations", postgresql_concurrently=True, if_exists=True
    )
    op.drop_index(
        "ix_jobs_target_id_created_at_desc_id_desc", table_name="jobs", postgresql_concurrently=True, if_exists=True
    )
    op.drop_index(
        "ix_jobs_state_notify_after_partial",
        table_name="jobs",
        postgresql_where=sa.text("state = ANY (ARRAY['queued', 'running'])"),
        postgresql_concurrently=True,
        if_exists=True,
    )
    op.drop_index(
        "ix_jobs_state_created_at_desc_id_desc", table_name="jobs", postgresql_concurrently=True, if_exists=True
    )
    op.drop_index("ix_jobs_created_at_id", table_name="jobs", postgresql_concurrently=True, if_exists=True)
    op.drop_index(
        "ix_executions_status_created_at_desc_id_desc",
        table_name="executions",
        postgresql_concurrently=True,
        if_exists=True,
    )
    op.drop_index(
        "ix_executions_program_id_created_at_desc_id_desc",
        table_name="executions",
        postgresql_concurrently=True,
        if_exists=True,
    )
    op.drop_index("ix_executions_created_at_id", table_name="executions", postgresql_concurrently=True, if_exists=True)
    op.drop_index(
        "ix_examples_dataset_id_split_id", table_name="examples", postgresql_concurrently=True, if_exists=True
    )
    op.drop_index("ix_examples_dataset_id_id", table_name="examples", postgresql_concurrently=True, if_exists=True)
    op.drop_index(
        "ix_evaluations_state_id_live",
        table_name="evaluations",
        postgresql_where=sa.text("state = ANY (ARRAY['queued', 'running', 'cancelling', 'failed', 'cancelled'])"),
        postgresql_concurrently=True,
        if_exists=True,
    )
    op.drop_index(
        "ix_evaluations_created_at_id", table_name="evaluations", postgresql_concurrently=True, if_exists=True
    )


# Which tables, with their columns and rules, are the project's since this step, and which are no longer.
creates: dict[str, list[str]] = {
    "evaluations": ["ix_evaluations_created_at_id", "ix_evaluations_state_id_live"],
    "examples": ["ix_examples_dataset_id_id", "ix_examples_dataset_id_split_id"],
    "executions": [
        "ix_executions_created_at_id",
        "ix_executions_program_id_created_at_desc_id_desc",
        "ix_executions_status_created_at_desc_id_desc",
    ],
    "jobs": [
        "ix_jobs_created_at_id",
        "ix_jobs_state_created_at_desc_id_desc",
        "ix_jobs_state_notify_after_partial",
        "ix_jobs_target_id_created_at_desc_id_desc",
    ],
    "optimizations": ["ix_optimizations_created_at_id", "ix_optimizations_state_id_live"],
}
drops: dict[str, list[str]] = {
    "examples": ["ix_examples_dataset_id_split"],
    "executions": ["ix_executions_program_id_created_at"],
    "jobs": ["ix_jobs_state_notify_after"],
}
renames: list[tuple[str, ...]] = []
online = True
