"""The routes of a domain as values: what can be asked where, before anything listens.

GET    /programs               the first read *          POST   /programs               the first create
GET    /programs/{id}          the same, for one record  POST   /programs/{action}      other creates
GET    /programs/{action}      other reads               PATCH  /programs/{id}          the update named `update`
POST   /programs/{id}/{action} every other update, destroy and generic action about a record
POST   /programs/{action}      generic actions about the resource
DELETE /programs/{id}          the first destroy
POST   …/bulk                  any create, of a list of records: all or none
GET    /programs/changes       what happens, as it happens
GET    /programs/{id}/progress what its jobs report, as they report it
GET    /programs/{id}/history  what was done to it, and by whom
GET    /programs/{id}/can      which of the actions about a record one may do with it, in a domain with policies
GET    /programs/can           which of the others one may

* that needs no arguments
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from framework.audit.history import has_history
from framework.naming import camel, collection_path, kebab, mutation_field, table_name
from framework.rest.section import Rest
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec

ID, BULK = "{id}", "bulk"
METHODS = ("GET", "POST", "PATCH", "DELETE")


class Use(StrEnum):
    """What a route is for."""

    LIST = "list"
    GET = "get"
    CREATE = "create"
    CREATE_MANY = "create_many"
    UPDATE = "update"
    DESTROY = "destroy"
    RUN = "run"
    CHANGES = "changes"
    PROGRESS = "progress"
    CAN = "can"
    HISTORY = "history"


USES = {
    ActionKind.CREATE: Use.CREATE,
    ActionKind.UPDATE: Use.UPDATE,
    ActionKind.DESTROY: Use.DESTROY,
    ActionKind.GENERIC: Use.RUN,
}
STREAMS = frozenset({Use.CHANGES, Use.PROGRESS})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path; `name` is its operation id. A stream has no action, nor has what tells who may."""

    method: str
    path: str
    use: Use
    resource: ResourceSpec
    name: str
    action: ActionSpec | None = None

    @property
    def about_record(self) -> bool:
        """Whether the path names one record."""
        return ID in self.path

    @property
    def inputs(self) -> tuple[str, ...] | None:
        """The names its body may hold; None when it has no body."""
        if self.action is None or self.method == "GET":
            return None
        return (*self.action.accept, *self.action.arguments)

    @property
    def called(self) -> ActionSpec:
        """The action behind it; a stream has none."""
        if self.action is None:
            raise LookupError(f"{self.method} {self.path} calls no action")
        return self.action


def endpoints_of(domain: DomainSpec) -> tuple[Endpoint, ...]:
    """Every route, the fixed paths before those with an id in the same place, for the first that fits is taken."""
    found = [endpoint for spec in domain.resources.values() for endpoint in (*_of(spec), *_telling(spec, domain))]
    return tuple(sorted(found, key=_precedence))


def base_path(spec: ResourceSpec) -> str:
    """Where a resource is served."""
    section = spec.sections.get(Rest)
    return "/" + (section.path if isinstance(section, Rest) else collection_path(spec.name))


def reader_of(spec: ResourceSpec) -> ActionSpec | None:
    """The read that lists and gets, if it is public."""
    return spec.reader if spec.reader is not None and spec.reader.public else None


def _precedence(endpoint: Endpoint) -> tuple[list[tuple[bool, str]], int]:
    steps = [(step.startswith("{"), step) for step in endpoint.path.split("/")]
    return steps, METHODS.index(endpoint.method)


def _of(spec: ResourceSpec) -> Iterator[Endpoint]:
    base, reader = base_path(spec), reader_of(spec)
    if reader is not None:
        yield Endpoint("GET", base, Use.LIST, spec, camel(f"list_{table_name(spec.name)}"), reader)
        yield Endpoint("GET", f"{base}/{ID}", Use.GET, spec, mutation_field(spec.name, "get"), reader)
    if reader is not None and spec.leaves_events:
        yield Endpoint("GET", f"{base}/changes", Use.CHANGES, spec, mutation_field(f"{spec.name}_changes", "stream"))
    if any(a.job is not None and a.job.progress is not None and a.needs_record for a in spec.actions.values()):
        name = mutation_field(f"{spec.name}_progress", "stream")
        yield Endpoint("GET", f"{base}/{ID}/progress", Use.PROGRESS, spec, name)
    primary = {_first(spec, ActionKind.CREATE), _first(spec, ActionKind.DESTROY)}
    for action in spec.public_actions.values():
        if action.kind is ActionKind.READ:
            if action is not reader:
                name = camel(f"{action.name}_{table_name(spec.name)}")
                yield Endpoint("GET", f"{base}/{kebab(action.name)}", Use.LIST, spec, name, action)
        else:
            method, path = _place(action, base, "primary" if action.name in primary else "other")
            yield Endpoint(method, path, USES[action.kind], spec, mutation_field(spec.name, action.name), action)
            if action.kind is ActionKind.CREATE:
                name = camel(f"{action.name}_{table_name(spec.name)}")
                yield Endpoint(method, f"{path}/{BULK}", Use.CREATE_MANY, spec, name, action)


def _telling(spec: ResourceSpec, domain: DomainSpec) -> Iterator[Endpoint]:
    """What tells what was done, and whether one may; where nobody is refused anything there is nothing to tell."""
    if has_history(spec, domain):
        name = mutation_field(f"{spec.name}_history", "get")
        yield Endpoint("GET", f"{base_path(spec)}/{ID}/history", Use.HISTORY, spec, name)
    if not domain.has_policies:
        return
    if spec.stored and spec.record_actions:
        name = mutation_field(f"{spec.name}_permissions", "get")
        yield Endpoint("GET", f"{base_path(spec)}/{ID}/can", Use.CAN, spec, name)
    if spec.recordless_actions:
        name = camel(f"get_{table_name(spec.name)}_permissions")
        yield Endpoint("GET", f"{base_path(spec)}/can", Use.CAN, spec, name)


def _first(spec: ResourceSpec, kind: ActionKind) -> str | None:
    return next((action.name for action in spec.public_actions.values() if action.kind is kind), None)


def _place(action: ActionSpec, base: str, rank: str) -> tuple[str, str]:
    record = f"{base}/{ID}"
    if action.kind is ActionKind.CREATE and rank == "primary":
        return "POST", base
    if action.kind is ActionKind.DESTROY and rank == "primary":
        return "DELETE", record
    if action.kind is ActionKind.UPDATE and action.name == "update":
        return "PATCH", record
    return "POST", f"{record if action.needs_record else base}/{kebab(action.name)}"
