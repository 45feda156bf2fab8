"""Under which keys a record may keep what is loaded: never in the place of a value or a link that it has itself."""

from __future__ import annotations

from framework.actions.query import Load, Query
from framework.errors import Invalid
from framework.spec.resource import ResourceSpec


def check_load_keys(query: Query, resource: ResourceSpec) -> None:
    """Raises Invalid where a load would be kept in the place of something else.

    Records are found, sorted and linked by their values, so a name always means the value of that name.
    """
    names = resource.values.keys() | resource.relationships.keys()
    kept: dict[str, Load] = {}
    for load in query.loads:
        if load.key != load.name and load.key in names:
            says = f"`{load.name}` cannot be kept as `{load.key}`, which `{resource.name}` has itself"
            raise Invalid(says, code="key_taken", path=(load.key,), hint="give the load another key")
        if kept.setdefault(load.key, load) != load:
            raise Invalid(f"two loads would be kept as `{load.key}`", code="key_taken", path=(load.key,))
