"""The tenancy of a class, read."""

from __future__ import annotations

from framework.compiler.annotations import Unreadable
from framework.compiler.reading_fields import field_name
from framework.declare.attributes import Attr
from framework.declare.relationships import Link
from framework.declare.resource import Resource
from framework.declare.tenancy import TenancyOptions
from framework.spec.tenancy import TenancySpec

HINT = "write `tenancy = by_column(organization)`, and name an attribute or a `belongs_to`"


def read_tenancy(record: type[Resource]) -> TenancySpec | None:
    """The attribute that says whose a record is; None where none was said. Raises Unreadable."""
    said: object = record.tenancy
    path = f"{record.__name__}.tenancy"
    # Whoever takes the name for a field is told so elsewhere.
    if said is None or isinstance(said, Attr | Link):
        return None
    if not isinstance(said, TenancyOptions):
        raise Unreadable(record.__scope__.source, path, f"{said!r} says no column", HINT)
    try:
        return TenancySpec(field_name(said.field, record), said.source)
    except (TypeError, AttributeError) as error:
        raise Unreadable(said.source, path, str(error), HINT) from None
