"""What Alembic runs for every command: on the connection it is given, or on the one the settings name."""

from alembic import context

from framework.compiler.domain import compile_domain
from framework.compiler.loading import load_domains
from framework.settings import load_settings
from framework.sql.migrations.environment import run
from framework.sql.migrations.operations.patience import Patience
from framework.sql.migrations.plan.decisions import UNDECIDED

given = context.config.attributes.get("given")
if given is None:
    settings = load_settings()
    run(settings.database_url, compile_domain(*load_domains(settings.domains)), patience=Patience.of(settings))
else:
    run(given.url, given.domain, context.config.attributes.get("decisions", UNDECIDED), given.patience)
