"""The policies of a class, its base filters and the defaults of its domain, read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from framework.compiler.policies.conditions import read_conditions
from framework.compiler.reading_fields import field_name
from framework.declare.actions import ActionOptions, ActionRef
from framework.declare.attributes import Attr
from framework.declare.policies import FieldRule, Group, Rule, SaidCondition
from framework.declare.relationships import Link
from framework.declare.resource import Resource
from framework.errors import Problem, Source
from framework.expr.build import Expr
from framework.spec.action import ActionKind
from framework.spec.policy import BaseFilterSpec, ConditionSpec, FieldPolicySpec, PolicySpec


@dataclass(slots=True)
class PolicyReading:
    """What has been read so far of who may do what with the records of a class."""

    record: type[Resource]
    policies: list[PolicySpec] = field(default_factory=list)
    fields: dict[str, FieldPolicySpec] = field(default_factory=dict)
    base: dict[str, BaseFilterSpec] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def object_to(self, at: Source, path: str, says: str, hint: str | None = None) -> None:
        """Keeps one mistake."""
        self.problems.append(Problem(at, path, says, hint))

    def conditions(self, said: Sequence[SaidCondition], at: Source, path: str) -> tuple[ConditionSpec, ...]:
        """The conditions that can be read; what is wrong with the others is kept."""
        return tuple(read_conditions(said, self.record, lambda says, hint: self.object_to(at, path, says, hint)))

    def parts(self) -> dict[str, Any]:
        """What a resource is told of it."""
        return {"policies": tuple(self.policies), "field_policies": self.fields, "base": self.base}


def read_policies(record: type[Resource], domain: str, defaults: object) -> PolicyReading:
    """What the class says; where it has no rules about actions, those of its domain."""
    reading = PolicyReading(record)
    # Whoever takes the name for a field is told so elsewhere.
    own = () if isinstance(record.policies, Attr | Link) else record.policies
    _read_all(reading, own, f"{record.__name__}.policies")
    says_nothing = record.policies is Resource.policies or all(isinstance(each, FieldRule) for each in _listed(own))
    if says_nothing and not reading.problems:
        _read_all(reading, defaults, f"{domain}.policies")
    _read_base(reading, record.base)
    return reading


def _listed(said: object) -> Sequence[object]:
    return said if isinstance(said, list | tuple) else ()


def _read_all(reading: PolicyReading, said: object, path: str) -> None:
    if not isinstance(said, list | tuple):
        at = reading.record.__scope__.source
        reading.object_to(at, path, "is a list of rules", "write `policies = [allow(browse), …]`")
    for position, word in enumerate(_listed(said)):
        _read_one(reading, word, f"{path}[{position}]", ())


def _read_one(reading: PolicyReading, word: object, path: str, shared: tuple[ConditionSpec, ...]) -> None:
    match word:
        case Rule():
            _read_rule(reading, word, path, shared)
        case Group(source, conditions, rules):
            if not rules:
                reading.object_to(source, path, "holds no rules", "list them in brackets: `group(when=…)[allow(edit)]`")
            found = (*shared, *reading.conditions(conditions, source, path))
            for position, inner in enumerate(rules or ()):
                _read_one(reading, inner, f"{path}[{position}]", found)
        case FieldRule(source) if shared or not path.startswith(reading.record.__name__):
            says = "is about one field, and so it stands by itself among the policies of its resource"
            reading.object_to(source, path, says, "move it there, with all of its conditions")
        case FieldRule():
            _read_field(reading, word, path)
        case _:
            at = reading.record.__scope__.source
            reading.object_to(at, path, f"{word!r} is no policy", "write `allow(…)`, `forbid(…)` or `bypass(…)`")


def _read_rule(reading: PolicyReading, word: Rule, path: str, shared: tuple[ConditionSpec, ...]) -> None:
    names: list[str] = []
    kinds: list[ActionKind] = []
    for item in word.actions:
        match item:
            case ActionKind():
                kinds.append(item)
            case _:
                names.extend(_name(reading, item, word.source, path))
    conditions = (*shared, *reading.conditions(word.conditions, word.source, path))
    if len(word.reasons) > 1:
        reading.object_to(word.source, path, "says twice what it is for", "leave one `because(…)`")
    if word.actions and not (names or kinds):
        return
    reason = word.reasons[0] if word.reasons else None
    reading.policies.append(PolicySpec(word.effect, word.source, path, tuple(names), tuple(kinds), conditions, reason))


def _name(reading: PolicyReading, item: object, at: Source, path: str) -> Sequence[str]:
    """The name of an action of this class; none, where it is another's or no action at all."""
    record, by_default = reading.record, not path.startswith(f"{reading.record.__name__}.")
    match item:
        case ActionOptions() | ActionRef() | str() if by_default:
            says = "names an action, and this is said of every resource that has no policies"
            reading.object_to(at, path, says, "name kinds: `allow(ActionKind.READ)`")
        case ActionOptions(name=name):
            if any(word is item for cls in record.__mro__ for word in vars(cls).values()):
                return (name,)
            says = f"names an action that `{record.__name__}` does not have"
            reading.object_to(at, path, says, "name it as it is called in the class")
        case ActionRef(owner, name):
            if issubclass(record, owner) or issubclass(owner, record):
                return (name,)
            reading.object_to(at, path, f"`{owner.__name__}.{name}` is an action of another resource")
        case str():
            return (item,)
        case Expr():
            reading.object_to(at, path, "is told a condition where actions are named", "write `.when(…)` for it")
        case _:
            reading.object_to(at, path, f"{item!r} is no action", "name one of the class, or a kind")
    return ()


def _read_field(reading: PolicyReading, word: FieldRule, path: str) -> None:
    try:
        name = field_name(word.field, reading.record)
    except (TypeError, AttributeError) as error:
        reading.object_to(word.source, path, str(error))
        return
    if name in reading.fields:
        says = f"`{reading.fields[name].path}` says already who may read and give `{name}`"
        reading.object_to(word.source, path, says, "say it in one place")
        return
    if not (word.readable or word.writable):
        reading.object_to(word.source, path, "says nothing", "write `.readable_when(…)` or `.writable_when(…)`")
    readable = reading.conditions(word.readable, word.source, path)
    writable = reading.conditions(word.writable, word.source, path)
    reading.fields[name] = FieldPolicySpec(name, word.source, path, readable, writable)


def _read_base(reading: PolicyReading, said: object) -> None:
    at, path = reading.record.__scope__.source, f"{reading.record.__name__}.base"
    if isinstance(said, Attr | Link):
        return
    if not isinstance(said, Mapping):
        reading.object_to(at, path, "maps names to conditions", 'write `base = {"archived": ~archived}`')
        return
    for name, condition in said.items():
        if not isinstance(name, str):
            reading.object_to(at, path, f"{name!r} is no name")
            continue
        for found in reading.conditions((SaidCondition(condition),), at, f"{path}.{name}"):
            reading.base[name] = BaseFilterSpec(name, at, found)
