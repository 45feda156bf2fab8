"""users, memberships, keys and sessions of browsers.

Revision: 9d98bbe14c4b
Follows: 76a4c972d244
Made: 2026-11-27 04:33:45.856538+00:00

Locks, and who waits for them:

    create_table: ACCESS EXCLUSIVE on users, new: nobody waits
    create_table: ACCESS EXCLUSIVE on api_keys, new: nobody waits
    create_table: SHARE ROW EXCLUSIVE on projects, short: writes wait
    create_table: ACCESS EXCLUSIVE on browser_sessions, new: nobody waits
    create_table: ACCESS EXCLUSIVE on memberships, new: nobody waits
    create_table: SHARE ROW EXCLUSIVE on projects, short: writes wait
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "9d98bbe14c4b"
down_revision = "76a4c972d244"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), autoincrement=False, nullable=False),
        sa.Column("email", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("is_owner", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.Text(collation="C"), nullable=True),
        sa.Column("oidc_issuer", sa.Text(collation="C"), nullable=True),
        sa.Column("oidc_subject", sa.Text(collation="C"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("char_length(email) <= 320", name="ck_users_email_max_length"),
        sa.CheckConstraint("char_length(name) <= 200", name="ck_users_name_max_length"),
        sa.CheckConstraint("char_length(oidc_issuer) <= 500", name="ck_users_oidc_issuer_max_length"),
        sa.CheckConstraint("char_length(oidc_subject) <= 500", name="ck_users_oidc_subject_max_length"),
        sa.CheckConstraint("char_length(password_hash) <= 500", name="ck_users_password_hash_max_length"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint(
            "oidc_issuer",
            "oidc_subject",
            deferrable=True,
            initially="IMMEDIATE",
            name="uq_users_oidc_issuer_oidc_subject",
        ),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("prefix", sa.Text(collation="C"), nullable=False),
        sa.Column("digest", sa.Text(collation="C"), nullable=False),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("char_length(digest) <= 64", name="ck_api_keys_digest_max_length"),
        sa.CheckConstraint("char_length(name) <= 200", name="ck_api_keys_name_max_length"),
        sa.CheckConstraint("char_length(name) >= 1", name="ck_api_keys_name_min_length"),
        sa.CheckConstraint("char_length(prefix) <= 12", name="ck_api_keys_prefix_max_length"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_api_keys_project_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_api_keys_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("prefix", deferrable=True, initially="IMMEDIATE", name="uq_api_keys_prefix"),
    )
    op.create_table(
        "browser_sessions",
        sa.Column("id", sa.Uuid(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(collation="C"), nullable=False),
        sa.Column("csrf_digest", sa.Text(collation="C"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("char_length(csrf_digest) <= 64", name="ck_browser_sessions_csrf_digest_max_length"),
        sa.CheckConstraint("char_length(digest) <= 64", name="ck_browser_sessions_digest_max_length"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_browser_sessions_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_browser_sessions"),
        sa.UniqueConstraint("digest", deferrable=True, initially="IMMEDIATE", name="uq_browser_sessions_digest"),
    )
    op.create_table(
        "memberships",
        sa.Column("id", sa.Uuid(), autoincrement=False, nullable=False),
        sa.Column("role", sa.Text(collation="C"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "role IN ('owner', 'maintainer', 'developer', 'operator', 'annotator', 'viewer')",
            name="ck_memberships_role_choices",
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_memberships_project_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_memberships_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_memberships"),
        sa.UniqueConstraint(
            "user_id", "project_id", deferrable=True, initially="IMMEDIATE", name="uq_memberships_user_id_project_id"
        ),
    )
    op.create_index("ix_users_email_id", "users", ["email", "id"], unique=False)
    op.create_index(
        "uq_users_email_unique_email", "users", [sa.literal_column('lower(email COLLATE "default")')], unique=True
    )
    op.create_index("ix_api_keys_created_at_id", "api_keys", ["created_at", "id"], unique=False)
    op.create_index("ix_api_keys_project_id", "api_keys", ["project_id"], unique=False)
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"], unique=False)
    op.create_index("ix_browser_sessions_expires_at_id", "browser_sessions", ["expires_at", "id"], unique=False)
    op.create_index("ix_browser_sessions_user_id", "browser_sessions", ["user_id"], unique=False)
    op.create_index("ix_memberships_created_at_id", "memberships", ["created_at", "id"], unique=False)
    op.create_index("ix_memberships_project_id", "memberships", ["project_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_memberships_project_id", table_name="memberships")
    op.drop_index("ix_memberships_created_at_id", table_name="memberships")
    op.drop_index("ix_browser_sessions_user_id", table_name="browser_sessions")
    op.drop_index("ix_browser_sessions_expires_at_id", table_name="browser_sessions")
    op.drop_index("ix_api_keys_user_id", table_name="api_keys")
    op.drop_index("ix_api_keys_project_id", table_name="api_keys")
    op.drop_index("ix_api_keys_created_at_id", table_name="api_keys")
    op.drop_index("uq_users_email_unique_email", table_name="users")
    op.drop_index("ix_users_email_id", table_name="users")
    op.drop_table("memberships")
    op.drop_table("browser_sessions")
    op.drop_table("api_keys")
    op.drop_table("users")


# Which tables, with their columns and rules, are the project's since this step, and which are no longer.
creates: dict[str, list[str]] = {
    "api_keys": [
        "ck_api_keys_digest_max_length",
        "ck_api_keys_name_max_length",
        "ck_api_keys_name_min_length",
        "ck_api_keys_prefix_max_length",
        "created_at",
        "digest",
        "expires_at",
        "fk_api_keys_project_id",
        "fk_api_keys_user_id",
        "id",
        "ix_api_keys_created_at_id",
        "ix_api_keys_project_id",
        "ix_api_keys_user_id",
        "last_used_at",
        "name",
        "pk_api_keys",
        "prefix",
        "project_id",
        "revoked_at",
        "scopes",
        "uq_api_keys_prefix",
        "user_id",
    ],
    "browser_sessions": [
        "ck_browser_sessions_csrf_digest_max_length",
        "ck_browser_sessions_digest_max_length",
        "created_at",
        "csrf_digest",
        "digest",
        "expires_at",
        "fk_browser_sessions_user_id",
        "id",
        "ix_browser_sessions_expires_at_id",
        "ix_browser_sessions_user_id",
        "pk_browser_sessions",
        "uq_browser_sessions_digest",
        "user_id",
    ],
    "memberships": [
        "ck_memberships_role_choices",
        "created_at",
        "fk_memberships_project_id",
        "fk_memberships_user_id",
        "id",
        "ix_memberships_created_at_id",
        "ix_memberships_project_id",
        "pk_memberships",
        "project_id",
        "role",
        "updated_at",
        "uq_memberships_user_id_project_id",
        "user_id",
    ],
    "users": [
        "active",
        "ck_users_email_max_length",
        "ck_users_name_max_length",
        "ck_users_oidc_issuer_max_length",
        "ck_users_oidc_subject_max_length",
        "ck_users_password_hash_max_length",
        "created_at",
        "email",
        "id",
        "is_owner",
        "ix_users_email_id",
        "name",
        "oidc_issuer",
        "oidc_subject",
        "password_hash",
        "pk_users",
        "updated_at",
        "uq_users_email_unique_email",
        "uq_users_oidc_issuer_oidc_subject",
    ],
}
drops: dict[str, list[str]] = {}
renames: list[tuple[str, ...]] = []
