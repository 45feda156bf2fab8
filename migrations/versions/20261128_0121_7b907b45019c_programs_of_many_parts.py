"""Programs of many parts, how they are asked, and the names that DSPy has for their parts.

Revision: 7b907b45019c
Follows: 50f9f0ce3d54
Made: 2026-11-28 01:21:08.120473+00:00

Locks, and who waits for them:

    drop_constraint: ACCESS EXCLUSIVE on program_versions, short: reads and writes wait
    drop_constraint: ACCESS EXCLUSIVE on programs, short: reads and writes wait
    add_column: ACCESS EXCLUSIVE on optimizations, short: reads and writes wait
    alter_column: ACCESS EXCLUSIVE on optimizations, short: reads and writes wait
    add_column: ACCESS EXCLUSIVE on program_versions, short: reads and writes wait
    alter_column: ACCESS EXCLUSIVE on program_versions, short: reads and writes wait
    add_column: ACCESS EXCLUSIVE on programs, short: reads and writes wait
    alter_column: ACCESS EXCLUSIVE on programs, short: reads and writes wait
    refuse_rows: ACCESS SHARE on optimizations, while it is read: nobody waits
    create_check_constraint: ACCESS EXCLUSIVE on optimizations, while it is read: reads and writes wait
    refuse_rows: ACCESS SHARE on program_versions, while it is read: nobody waits
    create_check_constraint: ACCESS EXCLUSIVE on program_versions, while it is read: reads and writes wait
    refuse_rows: ACCESS SHARE on programs, while it is read: nobody waits
    create_check_constraint: ACCESS EXCLUSIVE on programs, while it is read: reads and writes wait
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "7b907b45019c"
down_revision = "50f9f0ce3d54"
branch_labels = None
depends_on = None

# A module keeps the settings of its kind alone, and the parts of a program have the names that DSPy has for them. The
# digests of versions stay: they are of what was said before, and as unique.
OWN_SETTINGS = """
    UPDATE program_versions SET
        definition = jsonb_set(definition || '{"settings": {"adapter": "chat"}}', '{module}', CASE definition #>> '{module,kind}'
            WHEN 'react' THEN (definition -> 'module') - '{n,threshold,reward_field}'::text[]
            WHEN 'best_of_n' THEN ((definition -> 'module') - 'max_iters') || '{"reward": null, "of": "predict"}'
            ELSE jsonb_build_object('kind', definition #> '{module,kind}') END),
        state = coalesce(
            (SELECT jsonb_object_agg(regexp_replace(key, '^self[.]', ''), value) FROM jsonb_each(state)), '{}')
"""
OWN_SETTINGS_OF_PROGRAMS = """
    UPDATE programs SET settings = '{"adapter": "chat"}', module = CASE kind
        WHEN 'react' THEN module - '{n,threshold,reward_field}'::text[]
        WHEN 'best_of_n' THEN module - 'max_iters'
        ELSE '{}' END
"""
NAMES_OF_DSPY = """
    UPDATE trials SET candidate =
        (SELECT jsonb_object_agg(regexp_replace(key, '^self[.]', ''), value) FROM jsonb_each(candidate))
    WHERE candidate IS NOT NULL AND candidate <> '{}'
"""
ALL_SETTINGS = """
    UPDATE program_versions SET
        definition = jsonb_set(definition - 'settings', '{module}',
            '{"max_iters": 20, "n": 3, "threshold": 1.0, "reward_field": null}'
            || ((definition -> 'module') - '{reward,of}'::text[])),
        state = coalesce(
            (SELECT jsonb_object_agg(CASE key WHEN 'self' THEN key ELSE 'self.' || key END, value)
             FROM jsonb_each(state)), '{}')
"""
OWN_NAMES = """
    UPDATE trials SET candidate =
        (SELECT jsonb_object_agg(CASE key WHEN 'self' THEN key ELSE 'self.' || key END, value)
         FROM jsonb_each(candidate))
    WHERE candidate IS NOT NULL AND candidate <> '{}'
"""


def upgrade() -> None:
    op.drop_constraint("ck_program_versions_origin_choices", "program_versions", type_="check")
    op.drop_constraint("ck_programs_kind_choices", "programs", type_="check")
    op.add_column(
        "optimizations",
        sa.Column("targets", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
    )
    op.alter_column(
        "optimizations", "targets", existing_type=postgresql.JSONB(astext_type=sa.Text()), server_default=None
    )
    op.add_column("program_versions", sa.Column("diagram", sa.Text(collation="C"), server_default="", nullable=False))
    op.alter_column("program_versions", "diagram", existing_type=sa.Text(collation="C"), server_default=None)
    op.add_column(
        "programs", sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False)
    )
    op.alter_column("programs", "settings", existing_type=postgresql.JSONB(astext_type=sa.Text()), server_default=None)
    op.refuse_rows(
        "optimizations",
        "NOT (jsonb_array_length(targets) <= 50)",
        "break the rule `ck_optimizations_targets_max_length`: jsonb_array_length(targets) <= 50",
    )
    op.create_check_constraint(
        "ck_optimizations_targets_max_length", "optimizations", "jsonb_array_length(targets) <= 50"
    )
    op.refuse_rows(
        "program_versions",
        "NOT (origin IN ('authored', 'optimized', 'imported', 'swapped'))",
        "break the rule `ck_program_versions_origin_choices`: origin IN ('authored', 'optimized', 'imported', 'swapped')",
    )
    op.create_check_constraint(
        "ck_program_versions_origin_choices",
        "program_versions",
        "origin IN ('authored', 'optimized', 'imported', 'swapped')",
    )
    op.refuse_rows(
        "programs",
        "NOT (kind IN ('predict', 'chain_of_thought', 'react', 'best_of_n', 'multi_chain_comparison', 'pipeline', 'custom'))",
        "break the rule `ck_programs_kind_choices`: kind IN ('predict', 'chain_of_thought', 'react', 'best_of_n', 'multi_chain_comparison', 'pipeline', 'custom')",
    )
    op.create_check_constraint(
        "ck_programs_kind_choices",
        "programs",
        "kind IN ('predict', 'chain_of_thought', 'react', 'best_of_n', 'multi_chain_comparison', 'pipeline', 'custom')",
    )
    for statement in (OWN_SETTINGS, OWN_SETTINGS_OF_PROGRAMS, NAMES_OF_DSPY):
        op.execute(statement)


def downgrade() -> None:
    op.drop_constraint("ck_programs_kind_choices", "programs", type_="check")
    op.drop_constraint("ck_program_versions_origin_choices", "program_versions", type_="check")
    op.drop_constraint("ck_optimizations_targets_max_length", "optimizations", type_="check")
    op.drop_column("programs", "settings")
    op.drop_column("program_versions", "diagram")
    op.drop_column("optimizations", "targets")
    op.refuse_rows(
        "programs",
        "NOT ((kind = ANY (ARRAY['predict'::text, 'chain_of_thought'::text, 'react'::text, 'best_of_n'::text])))",
        "break the rule `ck_programs_kind_choices`: (kind = ANY (ARRAY['predict'::text, 'chain_of_thought'::text, 'react'::text, 'best_of_n'::text]))",
    )
    op.create_check_constraint(
        "ck_programs_kind_choices",
        "programs",
        "(kind = ANY (ARRAY['predict'::text, 'chain_of_thought'::text, 'react'::text, 'best_of_n'::text]))",
    )
    op.refuse_rows(
        "program_versions",
        "NOT ((origin = ANY (ARRAY['authored'::text, 'optimized'::text])))",
        "break the rule `ck_program_versions_origin_choices`: (origin = ANY (ARRAY['authored'::text, 'optimized'::text]))",
    )
    op.create_check_constraint(
        "ck_program_versions_origin_choices",
        "program_versions",
        "(origin = ANY (ARRAY['authored'::text, 'optimized'::text]))",
    )
    for statement in (ALL_SETTINGS, OWN_NAMES):
        op.execute(statement)


# Which tables, with their columns and rules, are the project's since this step, and which are no longer.
creates: dict[str, list[str]] = {
    "optimizations": ["ck_optimizations_targets_max_length", "targets"],
    "program_versions": ["ck_program_versions_origin_choices", "diagram"],
    "programs": ["ck_programs_kind_choices", "settings"],
}
drops: dict[str, list[str]] = {
    "program_versions": ["ck_program_versions_origin_choices"],
    "programs": ["ck_programs_kind_choices"],
}
renames: list[tuple[str, ...]] = []
