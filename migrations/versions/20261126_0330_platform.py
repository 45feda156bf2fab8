"""platform.

Revision: 5e1b7c2f9a64
Follows: nothing
Made: 2026-11-26 03:30:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "5e1b7c2f9a64"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("transaction", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(collation="C"), nullable=False),
        sa.Column("target_type", sa.Text(collation="C"), nullable=False),
        sa.Column("target_id", sa.Text(collation="C"), nullable=False),
        sa.Column("actor", sa.Text(collation="C"), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_events"),
    )
    op.create_index("ix_events_target_id_transaction_seq", "events", ["target_id", "transaction", "seq"], unique=False)
    op.create_index("ix_events_transaction_seq", "events", ["transaction", "seq"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("target_type", sa.Text(collation="C"), nullable=False),
        sa.Column("target_id", sa.Text(collation="C"), nullable=False),
        sa.Column("action", sa.Text(collation="C"), nullable=False),
        sa.Column("queue", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("max_attempts", sa.BigInteger(), nullable=False),
        sa.Column("arguments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("unique_key", sa.Text(collation="C"), nullable=True),
        sa.Column("context", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("progress", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("checkpoint", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("lease_owner", sa.Text(collation="C"), nullable=True),
        sa.Column("lease_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notify_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="ck_jobs_state_choices"
        ),
        sa.CheckConstraint("max_attempts >= 1", name="ck_jobs_max_attempts_ge"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_state_notify_after", "jobs", ["state", "notify_after"], unique=False)
    op.create_index(
        "ix_jobs_target_id_partial",
        "jobs",
        ["target_id"],
        unique=False,
        postgresql_where=sa.text("state = ANY (ARRAY['queued', 'running'])"),
    )
    op.create_index(
        "uq_jobs_unique_key_one_live_job",
        "jobs",
        ["unique_key"],
        unique=True,
        postgresql_where=sa.text("state = ANY (ARRAY['queued', 'running'])"),
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="ck_projects_slug_pattern"),
        sa.CheckConstraint("char_length(name) <= 200", name="ck_projects_name_max_length"),
        sa.CheckConstraint("char_length(name) >= 1", name="ck_projects_name_min_length"),
        sa.CheckConstraint("char_length(slug) <= 80", name="ck_projects_slug_max_length"),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
        sa.UniqueConstraint("slug", name="uq_projects_slug", deferrable=True, initially="IMMEDIATE"),
    )
    op.create_table(
        "language_models",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("provider", sa.Text(collation="C"), nullable=False),
        sa.Column("model", sa.Text(collation="C"), nullable=False),
        sa.Column("api_base", sa.Text(collation="C"), nullable=True),
        sa.Column("api_key_ref", sa.Text(collation="C"), nullable=True),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("timeout_seconds", sa.Double(), nullable=False),
        sa.Column("num_retries", sa.BigInteger(), nullable=False),
        sa.Column("input_price", sa.Double(), nullable=True),
        sa.Column("output_price", sa.Double(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("provider IN ('offline', 'openai_compatible')", name="ck_language_models_provider_choices"),
        sa.CheckConstraint("char_length(api_base) <= 500", name="ck_language_models_api_base_max_length"),
        sa.CheckConstraint("char_length(api_key_ref) <= 500", name="ck_language_models_api_key_ref_max_length"),
        sa.CheckConstraint("char_length(model) <= 200", name="ck_language_models_model_max_length"),
        sa.CheckConstraint("char_length(model) >= 1", name="ck_language_models_model_min_length"),
        sa.CheckConstraint("char_length(name) <= 120", name="ck_language_models_name_max_length"),
        sa.CheckConstraint("char_length(name) >= 1", name="ck_language_models_name_min_length"),
        sa.CheckConstraint("input_price >= 0.0", name="ck_language_models_input_price_ge"),
        sa.CheckConstraint("num_retries <= 10", name="ck_language_models_num_retries_le"),
        sa.CheckConstraint("num_retries >= 0", name="ck_language_models_num_retries_ge"),
        sa.CheckConstraint("output_price >= 0.0", name="ck_language_models_output_price_ge"),
        sa.CheckConstraint("timeout_seconds <= 600.0", name="ck_language_models_timeout_seconds_le"),
        sa.CheckConstraint("timeout_seconds >= 0.1", name="ck_language_models_timeout_seconds_ge"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_language_models_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_language_models"),
        sa.UniqueConstraint(
            "project_id", "name", name="uq_language_models_project_id_name", deferrable=True, initially="IMMEDIATE"
        ),
    )
    op.create_table(
        "metrics",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("char_length(name) <= 120", name="ck_metrics_name_max_length"),
        sa.CheckConstraint("char_length(name) >= 1", name="ck_metrics_name_min_length"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_metrics_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_metrics"),
        sa.UniqueConstraint(
            "project_id", "name", name="uq_metrics_project_id_name", deferrable=True, initially="IMMEDIATE"
        ),
    )
    op.create_table(
        "signatures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(collation="C"), nullable=False),
        sa.Column("instructions", sa.Text(collation="C"), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("input_schema", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("output_schema", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.Text(collation="C"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("char_length(instructions) <= 20000", name="ck_signatures_instructions_max_length"),
        sa.CheckConstraint("char_length(name) <= 120", name="ck_signatures_name_max_length"),
        sa.CheckConstraint("char_length(name) >= 1", name="ck_signatures_name_min_length"),
        sa.CheckConstraint("version >= 1", name="ck_signatures_version_ge"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_signatures_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_signatures"),
        sa.UniqueConstraint(
            "project_id",
            "name",
            "version",
            name="uq_signatures_project_id_name_version",
            deferrable=True,
            initially="IMMEDIATE",
        ),
    )
    op.create_table(
        "datasets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("description", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("signature_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("char_length(description) <= 5000", name="ck_datasets_description_max_length"),
        sa.CheckConstraint("char_length(name) <= 200", name="ck_datasets_name_max_length"),
        sa.CheckConstraint("char_length(name) >= 1", name="ck_datasets_name_min_length"),
        sa.CheckConstraint("version >= 0", name="ck_datasets_version_ge"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_datasets_project_id"),
        sa.ForeignKeyConstraint(["signature_id"], ["signatures.id"], name="fk_datasets_signature_id"),
        sa.PrimaryKeyConstraint("id", name="pk_datasets"),
        sa.UniqueConstraint(
            "project_id", "name", name="uq_datasets_project_id_name", deferrable=True, initially="IMMEDIATE"
        ),
    )
    op.create_index("ix_datasets_signature_id", "datasets", ["signature_id"], unique=False)
    op.create_table(
        "programs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("module", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("tools", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("live_number", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("model_id", sa.Uuid(), nullable=False),
        sa.Column("signature_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('predict', 'chain_of_thought', 'react', 'best_of_n')", name="ck_programs_kind_choices"
        ),
        sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="ck_programs_slug_pattern"),
        sa.CheckConstraint("char_length(name) <= 200", name="ck_programs_name_max_length"),
        sa.CheckConstraint("char_length(name) >= 1", name="ck_programs_name_min_length"),
        sa.CheckConstraint("char_length(slug) <= 80", name="ck_programs_slug_max_length"),
        sa.CheckConstraint("live_number >= 1", name="ck_programs_live_number_ge"),
        sa.ForeignKeyConstraint(["model_id"], ["language_models.id"], name="fk_programs_model_id"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_programs_project_id"),
        sa.ForeignKeyConstraint(["signature_id"], ["signatures.id"], name="fk_programs_signature_id"),
        sa.PrimaryKeyConstraint("id", name="pk_programs"),
        sa.UniqueConstraint(
            "project_id", "slug", name="uq_programs_project_id_slug", deferrable=True, initially="IMMEDIATE"
        ),
    )
    op.create_index("ix_programs_model_id", "programs", ["model_id"], unique=False)
    op.create_index("ix_programs_signature_id", "programs", ["signature_id"], unique=False)
    op.create_table(
        "examples",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("labels", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("split", sa.Text(collation="C"), nullable=False),
        sa.Column("content_hash", sa.Text(collation="C"), nullable=False),
        sa.Column("from_version", sa.BigInteger(), nullable=False),
        sa.Column("to_version", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("split IN ('train', 'validation', 'test')", name="ck_examples_split_choices"),
        sa.CheckConstraint("char_length(key) <= 200", name="ck_examples_key_max_length"),
        sa.CheckConstraint("char_length(key) >= 1", name="ck_examples_key_min_length"),
        sa.CheckConstraint("from_version >= 1", name="ck_examples_from_version_ge"),
        sa.ForeignKeyConstraint(["dataset_id"], ["datasets.id"], name="fk_examples_dataset_id"),
        sa.PrimaryKeyConstraint("id", name="pk_examples"),
    )
    op.create_index("ix_examples_dataset_id_split", "examples", ["dataset_id", "split"], unique=False)
    op.create_index(
        "uq_examples_dataset_id_content_hash_unique_content",
        "examples",
        ["dataset_id", "content_hash"],
        unique=True,
        postgresql_where=sa.text("to_version IS NULL"),
    )
    op.create_index(
        "uq_examples_dataset_id_key_unique_key",
        "examples",
        ["dataset_id", "key"],
        unique=True,
        postgresql_where=sa.text("to_version IS NULL"),
    )
    op.create_table(
        "program_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(collation="C"), nullable=False),
        sa.Column("origin", sa.Text(collation="C"), nullable=False),
        sa.Column("parent_number", sa.BigInteger(), nullable=True),
        sa.Column("optimization_id", sa.Uuid(), nullable=True),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("dspy_version", sa.Text(collation="C"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("origin IN ('authored', 'optimized')", name="ck_program_versions_origin_choices"),
        sa.CheckConstraint("number >= 1", name="ck_program_versions_number_ge"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_program_versions_program_id"),
        sa.PrimaryKeyConstraint("id", name="pk_program_versions"),
        sa.UniqueConstraint(
            "program_id", "number", name="uq_program_versions_program_id_number", deferrable=True, initially="IMMEDIATE"
        ),
    )
    op.create_table(
        "evaluations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("split", sa.Text(collation="C"), nullable=False),
        sa.Column("concurrency", sa.BigInteger(), nullable=False),
        sa.Column("dataset_version", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.Column("failed", sa.BigInteger(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("score_low", sa.Double(), nullable=True),
        sa.Column("score_high", sa.Double(), nullable=True),
        sa.Column("interval_method", sa.Text(collation="C"), nullable=True),
        sa.Column("latency_p50_ms", sa.Double(), nullable=True),
        sa.Column("latency_p95_ms", sa.Double(), nullable=True),
        sa.Column("tokens_in", sa.BigInteger(), nullable=True),
        sa.Column("tokens_out", sa.BigInteger(), nullable=True),
        sa.Column("cost_usd", sa.Double(), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.Column("metric_id", sa.Uuid(), nullable=False),
        sa.Column("model_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("split IN ('train', 'validation', 'test')", name="ck_evaluations_split_choices"),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled')",
            name="ck_evaluations_state_choices",
        ),
        sa.CheckConstraint("concurrency <= 512", name="ck_evaluations_concurrency_le"),
        sa.CheckConstraint("concurrency >= 1", name="ck_evaluations_concurrency_ge"),
        sa.ForeignKeyConstraint(["dataset_id"], ["datasets.id"], name="fk_evaluations_dataset_id"),
        sa.ForeignKeyConstraint(["metric_id"], ["metrics.id"], name="fk_evaluations_metric_id"),
        sa.ForeignKeyConstraint(["model_id"], ["language_models.id"], name="fk_evaluations_model_id"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_evaluations_program_id"),
        sa.ForeignKeyConstraint(["version_id"], ["program_versions.id"], name="fk_evaluations_version_id"),
        sa.PrimaryKeyConstraint("id", name="pk_evaluations"),
    )
    op.create_index("ix_evaluations_dataset_id", "evaluations", ["dataset_id"], unique=False)
    op.create_index("ix_evaluations_metric_id", "evaluations", ["metric_id"], unique=False)
    op.create_index("ix_evaluations_model_id", "evaluations", ["model_id"], unique=False)
    op.create_index("ix_evaluations_program_id", "evaluations", ["program_id"], unique=False)
    op.create_index("ix_evaluations_version_id", "evaluations", ["version_id"], unique=False)
    op.create_table(
        "executions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outputs", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("latency_ms", sa.Double(), nullable=True),
        sa.Column("tokens_in", sa.BigInteger(), nullable=True),
        sa.Column("tokens_out", sa.BigInteger(), nullable=True),
        sa.Column("cost_usd", sa.Double(), nullable=True),
        sa.Column("evaluation_id", sa.Uuid(), nullable=True),
        sa.Column("example_key", sa.Text(collation="C"), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("model_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("status IN ('running', 'succeeded', 'failed')", name="ck_executions_status_choices"),
        sa.ForeignKeyConstraint(["model_id"], ["language_models.id"], name="fk_executions_model_id"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_executions_program_id"),
        sa.ForeignKeyConstraint(["version_id"], ["program_versions.id"], name="fk_executions_version_id"),
        sa.PrimaryKeyConstraint("id", name="pk_executions"),
    )
    op.create_index(
        "ix_executions_evaluation_id_example_key", "executions", ["evaluation_id", "example_key"], unique=False
    )
    op.create_index("ix_executions_model_id", "executions", ["model_id"], unique=False)
    op.create_index("ix_executions_program_id_created_at", "executions", ["program_id", "created_at"], unique=False)
    op.create_index("ix_executions_version_id", "executions", ["version_id"], unique=False)
    op.create_table(
        "optimizations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("optimizer", sa.Text(collation="C"), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("budget", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("concurrency", sa.BigInteger(), nullable=False),
        sa.Column("dataset_version", sa.BigInteger(), nullable=False),
        sa.Column("baseline_score", sa.Double(), nullable=True),
        sa.Column("baseline_low", sa.Double(), nullable=True),
        sa.Column("baseline_high", sa.Double(), nullable=True),
        sa.Column("optimized_score", sa.Double(), nullable=True),
        sa.Column("optimized_low", sa.Double(), nullable=True),
        sa.Column("optimized_high", sa.Double(), nullable=True),
        sa.Column("best_score", sa.Double(), nullable=True),
        sa.Column("holdout_n", sa.BigInteger(), nullable=True),
        sa.Column("result_number", sa.BigInteger(), nullable=True),
        sa.Column("stop_reason", sa.Text(collation="C"), nullable=True),
        sa.Column("notes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=True),
        sa.Column("tokens_in", sa.BigInteger(), nullable=True),
        sa.Column("tokens_out", sa.BigInteger(), nullable=True),
        sa.Column("cost_usd", sa.Double(), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.Column("metric_id", sa.Uuid(), nullable=False),
        sa.Column("model_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "optimizer IN ('labeled_few_shot', 'bootstrap_few_shot', 'bootstrap_few_shot_with_random_search', 'miprov2', 'gepa')",
            name="ck_optimizations_optimizer_choices",
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled')",
            name="ck_optimizations_state_choices",
        ),
        sa.CheckConstraint("concurrency <= 64", name="ck_optimizations_concurrency_le"),
        sa.CheckConstraint("concurrency >= 1", name="ck_optimizations_concurrency_ge"),
        sa.CheckConstraint("seed <= 2147483647", name="ck_optimizations_seed_le"),
        sa.CheckConstraint("seed >= 0", name="ck_optimizations_seed_ge"),
        sa.ForeignKeyConstraint(["dataset_id"], ["datasets.id"], name="fk_optimizations_dataset_id"),
        sa.ForeignKeyConstraint(["metric_id"], ["metrics.id"], name="fk_optimizations_metric_id"),
        sa.ForeignKeyConstraint(["model_id"], ["language_models.id"], name="fk_optimizations_model_id"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_optimizations_program_id"),
        sa.ForeignKeyConstraint(["version_id"], ["program_versions.id"], name="fk_optimizations_version_id"),
        sa.PrimaryKeyConstraint("id", name="pk_optimizations"),
    )
    op.create_index("ix_optimizations_dataset_id", "optimizations", ["dataset_id"], unique=False)
    op.create_index("ix_optimizations_metric_id", "optimizations", ["metric_id"], unique=False)
    op.create_index("ix_optimizations_model_id", "optimizations", ["model_id"], unique=False)
    op.create_index("ix_optimizations_program_id", "optimizations", ["program_id"], unique=False)
    op.create_index("ix_optimizations_version_id", "optimizations", ["version_id"], unique=False)
    op.create_table(
        "recorded_calls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("optimization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["optimization_id"], ["optimizations.id"], name="fk_recorded_calls_optimization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_recorded_calls"),
        sa.UniqueConstraint(
            "optimization_id",
            "key",
            name="uq_recorded_calls_optimization_id_key",
            deferrable=True,
            initially="IMMEDIATE",
        ),
    )
    op.create_table(
        "trials",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("trials", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("fidelity", sa.Text(collation="C"), nullable=False),
        sa.Column("best_score", sa.Double(), nullable=True),
        sa.Column("candidate", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("optimization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("fidelity IN ('full', 'minibatch', 'skipped')", name="ck_trials_fidelity_choices"),
        sa.CheckConstraint("number >= 1", name="ck_trials_number_ge"),
        sa.CheckConstraint("trials >= 1", name="ck_trials_trials_ge"),
        sa.ForeignKeyConstraint(
            ["optimization_id"], ["optimizations.id"], name="fk_trials_optimization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_trials"),
        sa.UniqueConstraint(
            "optimization_id", "number", name="uq_trials_optimization_id_number", deferrable=True, initially="IMMEDIATE"
        ),
    )


def downgrade() -> None:
    op.drop_table("trials")
    op.drop_table("recorded_calls")
    op.drop_index("ix_optimizations_version_id", table_name="optimizations")
    op.drop_index("ix_optimizations_program_id", table_name="optimizations")
    op.drop_index("ix_optimizations_model_id", table_name="optimizations")
    op.drop_index("ix_optimizations_metric_id", table_name="optimizations")
    op.drop_index("ix_optimizations_dataset_id", table_name="optimizations")
    op.drop_table("optimizations")
    op.drop_index("ix_executions_version_id", table_name="executions")
    op.drop_index("ix_executions_program_id_created_at", table_name="executions")
    op.drop_index("ix_executions_model_id", table_name="executions")
    op.drop_index("ix_executions_evaluation_id_example_key", table_name="executions")
    op.drop_table("executions")
    op.drop_index("ix_evaluations_version_id", table_name="evaluations")
    op.drop_index("ix_evaluations_program_id", table_name="evaluations")
    op.drop_index("ix_evaluations_model_id", table_name="evaluations")
    op.drop_index("ix_evaluations_metric_id", table_name="evaluations")
    op.drop_index("ix_evaluations_dataset_id", table_name="evaluations")
    op.drop_table("evaluations")
    op.drop_table("program_versions")
    op.drop_index(
        "uq_examples_dataset_id_key_unique_key", table_name="examples", postgresql_where=sa.text("to_version IS NULL")
    )
    op.drop_index(
        "uq_examples_dataset_id_content_hash_unique_content",
        table_name="examples",
        postgresql_where=sa.text("to_version IS NULL"),
    )
    op.drop_index("ix_examples_dataset_id_split", table_name="examples")
    op.drop_table("examples")
    op.drop_index("ix_programs_signature_id", table_name="programs")
    op.drop_index("ix_programs_model_id", table_name="programs")
    op.drop_table("programs")
    op.drop_index("ix_datasets_signature_id", table_name="datasets")
    op.drop_table("datasets")
    op.drop_table("signatures")
    op.drop_table("metrics")
    op.drop_table("language_models")
    op.drop_table("projects")
    op.drop_index(
        "uq_jobs_unique_key_one_live_job",
        table_name="jobs",
        postgresql_where=sa.text("state = ANY (ARRAY['queued', 'running'])"),
    )
    op.drop_index(
        "ix_jobs_target_id_partial",
        table_name="jobs",
        postgresql_where=sa.text("state = ANY (ARRAY['queued', 'running'])"),
    )
    op.drop_index("ix_jobs_state_notify_after", table_name="jobs")
    op.drop_table("jobs")
    op.drop_index("ix_events_transaction_seq", table_name="events")
    op.drop_index("ix_events_target_id_transaction_seq", table_name="events")
    op.drop_table("events")
