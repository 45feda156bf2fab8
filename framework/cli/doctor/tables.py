"""What a look at the tables finds: whether they are behind the steps, ahead of them, or other than declared."""

from __future__ import annotations

from framework.cli.declared import Declared
from framework.cli.migrations.steps import steps_at
from framework.findings import Finding, bad, ok, warn
from framework.sql.migrations.running.readiness import SchemaWatch


async def schema(what: Declared, url: str, standing: SchemaWatch) -> Finding:
    """As the processes see the tables, then as `dspex check` does."""
    if not what.migrations:
        return ok("no domain keeps migrations")
    steps, found = steps_at(what, url), await standing.look()
    if not found.ready:
        return bad(found.says, "run dspex migrate, or the code that made the step which is not known here")
    if beyond := await steps.ahead():
        return ok(f"the tables are ahead by {', '.join(beyond)}, which this code runs beside")
    if drift := await steps.check():
        more = f", and {len(drift) - 1} more" if drift[1:] else ""
        return warn(f"not as declared: {drift[0]}{more}", "see dspex check; dspex migrate, or dspex revision -m …")
    return ok("the tables stand as declared")
