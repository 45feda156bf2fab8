"""What Alembic runs for every command: on the connection it is given, or on the one the settings name."""

from alembic import context

from framework.compiler.domain import compile_domain
from framework.compiler.loading import load_domains
from framework.settings import load_settings
from framework.sql.migrations.environment import Asked, run
from framework.sql.migrations.operations.lock_policy import LockPolicy

asked = context.config.attributes.get("asked")
if asked is None:
    settings = load_settings()
    domain = compile_domain(*load_domains(settings.domains))
    asked = Asked(settings.database_url, domain, settings.version_table, lock_policy=LockPolicy.of(settings))
run(asked)
