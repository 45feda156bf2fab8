"""What may not be said: two things that would bear one name in the schema, or a function that is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from framework.errors import Problem, Source
from framework.graphql.models import is_plain_model, nested, python_of
from framework.graphql.names import (
    CAN,
    action_field,
    bulk_field,
    called_as_function,
    changed_field,
    enum_type,
    history_field,
    input_type,
    payload_type,
    permitted_field,
    progress_field,
    read_field,
    reporting,
)
from framework.graphql.section import Graphql
from framework.naming import camel, pascal, record_field
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import Kind, Type

OURS = (
    "Query", "Mutation", "Subscription", "PageInfo", "Node", "ActionError", "SortDirection",
    "ActionPermission", "ViewerCan", "History", "HistoryEntry",
    "String", "Int", "Float", "Boolean", "ID", "BigInt", "UUID", "DateTime", "Date", "Decimal", "Duration", "JSON",
)  # fmt: skip
DERIVED = ("Filter", "ListFilter", "Sort", "Connection", "Edge", "Change", "ViewerCan")
PAGING = ("first", "after", "last", "before", "offset", "filter", "sort")
HINT = "rename one of them"


@dataclass(frozen=True, slots=True)
class Claim:
    """A name that something in the schema wants, where it was said, and what tells it from others of the name."""

    name: str
    what: object
    path: str
    at: Source


def functions_are_generic(domain: DomainSpec) -> Iterator[Problem]:
    """`Graphql(mutation=…)` names the field of one generic action, so there must be exactly one."""
    for spec in domain.resources.values():
        section = spec.sections.get(Graphql)
        if isinstance(section, Graphql) and section.mutation:
            generic = [action.name for action in spec.public_actions.values() if called_as_function(spec, action)]
            if len(generic) != 1:
                says = f"`mutation` names the field of one generic action, and there are {len(generic)}"
                yield Problem(spec.source, f"{spec.name}.sections", says, "leave `mutation` out")


def unique_fields(domain: DomainSpec) -> Iterator[Problem]:
    """No two fields of a root type share a name, and no two arguments of a field."""
    for root in (_queries, _mutations, _subscriptions, _permitted):
        yield from _clashes(claim for spec in domain.resources.values() for claim in root(spec))
    for spec in domain.resources.values():
        yield from _clashes(_values(spec))
        for action in spec.public_actions.values():
            yield from _clashes(_arguments(spec, action))


def unique_types(domain: DomainSpec) -> Iterator[Problem]:
    """No two types of the schema share a name."""
    ours = (Claim(name, ("ours", name), "the schema itself", Source("", 0)) for name in OURS)
    yield from _clashes([*ours, *(claim for spec in domain.resources.values() for claim in _types(spec))])


def _clashes(claims: Iterator[Claim] | list[Claim]) -> Iterator[Problem]:
    first: dict[str, Claim] = {}
    for claim in claims:
        known = first.setdefault(claim.name, claim)
        if known.what != claim.what:
            says = f"its GraphQL name `{claim.name}` is also that of `{known.path}`"
            yield Problem(claim.at, claim.path, says, HINT)


def _queries(spec: ResourceSpec) -> Iterator[Claim]:
    if not spec.stored:
        return
    for action in _reads(spec):
        path = f"{spec.name}.{action.name}"
        yield Claim(read_field(spec, action), path, path, action.source)
    if spec.reader is not None and spec.reader.public:
        yield Claim(record_field(spec.name), spec.name, spec.name, spec.source)
        yield Claim(history_field(spec), f"{spec.name} history", f"the history of `{spec.name}`", spec.source)
    yield Claim(CAN, CAN, "the query itself", spec.source)


def _values(spec: ResourceSpec) -> Iterator[Claim]:
    for value in (*spec.public_values.values(), *spec.public_relationships.values()):
        yield Claim(camel(value.name), value.name, f"{spec.name}.{value.name}", value.source)
    yield Claim(CAN, "ours", f"what the viewer may do with each {spec.name}", spec.source)


def _permitted(spec: ResourceSpec) -> Iterator[Claim]:
    for action in spec.public_actions.values():
        if not action.needs_record:
            path = f"{spec.name}.{action.name}"
            yield Claim(permitted_field(spec, action), path, path, action.source)


def _mutations(spec: ResourceSpec) -> Iterator[Claim]:
    for action in spec.public_actions.values():
        path = f"{spec.name}.{action.name}"
        if action.kind is not ActionKind.READ:
            yield Claim(action_field(spec, action), path, path, action.source)
        if action.kind is ActionKind.CREATE:
            yield Claim(bulk_field(spec, action), f"{path} (many)", path, action.source)


def _subscriptions(spec: ResourceSpec) -> Iterator[Claim]:
    if spec.stored:
        yield Claim(changed_field(spec), spec.name, spec.name, spec.source)
    for action in reporting(spec):
        path = f"{spec.name}.{action.name}"
        yield Claim(progress_field(spec, action), path, path, action.source)


def _arguments(spec: ResourceSpec, action: ActionSpec) -> Iterator[Claim]:
    """The inputs of an action, beside the arguments that its field has anyway."""
    own = PAGING if action.kind is ActionKind.READ else ("id",) if called_as_function(spec, action) else ()
    for name in own:
        yield Claim(name, f"own {name}", f"the argument `{name}` of every such field", action.source)
    for name in (*action.accept, *action.arguments):
        yield Claim(camel(name), name, f"{spec.name}.{action.name}.{name}", action.source)


def _types(spec: ResourceSpec) -> Iterator[Claim]:
    if spec.stored:
        for name in ("", *DERIVED):
            yield Claim(f"{spec.name}{name}", f"{spec.name}{name}", spec.name, spec.source)
    for name, value in spec.public_values.items():
        yield from _nested(value.type, spec.name, name, value.source)
    for action in spec.public_actions.values():
        yield from _types_of_action(spec, action)
    for action in reporting(spec):
        field, path = pascal(progress_field(spec, action)), f"{spec.name}.{action.name}"
        yield Claim(f"{field}Entry", f"{path} entry", path, action.source)
        if action.job is not None and action.job.progress is not None:
            yield from _nested(action.job.progress, spec.name, "progress", action.source)


def _types_of_action(spec: ResourceSpec, action: ActionSpec) -> Iterator[Claim]:
    field, path = action_field(spec, action), f"{spec.name}.{action.name}"
    if action.kind is not ActionKind.READ and not called_as_function(spec, action):
        yield Claim(input_type(field), f"{path} input", path, action.source)
        yield Claim(payload_type(field), f"{path} payload", path, action.source)
    for argument in action.arguments.values():
        yield from _nested(argument.type, pascal(field), argument.name, action.source, suffix="Input")
    if action.returns is not None:
        yield from _nested(action.returns, pascal(field), "result", action.source)


def _nested(kind: Type, owner: str, name: str, at: Source, *, suffix: str = "") -> Iterator[Claim]:
    for inner, inside, called in nested(kind, owner, name):
        path = f"{inside}.{called}"
        if inner.kind is Kind.ENUM:
            yield Claim(python_of(inner).__name__, python_of(inner), path, at)
        elif inner.kind is Kind.LITERAL:
            yield Claim(enum_type(inside, called), inner.choices, path, at)
        elif is_plain_model(inner):
            model = python_of(inner)
            yield Claim(f"{model.__name__}{suffix}", (model, suffix), path, at)


def _reads(spec: ResourceSpec) -> list[ActionSpec]:
    return [action for action in spec.public_actions.values() if action.kind is ActionKind.READ]
