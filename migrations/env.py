"""What Alembic runs for every command: on the connection it is given, or on the one the settings name."""

from alembic import context

from framework.cli.declared import declared
from framework.sql.migrations.environment import Asked, run
from framework.sql.migrations.operations.lock_policy import LockPolicy

asked = context.config.attributes.get("asked")
if asked is None:
    known = declared()
    folders = {name: folder.absolute() for name, folder in known.migrations.items()}
    policy = LockPolicy.of(known.settings)
    asked = Asked(
        known.settings.database_url, known.spec, known.settings.version_table, lock_policy=policy, folders=folders
    )
run(asked)
