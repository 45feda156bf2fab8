"""One resource class, read: class body → ResourceSpec, with every word that cannot be read as a problem."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from framework.compiler.annotations import Unreadable, annotation_of, lineage, said_at, source_of, unassigned
from framework.compiler.reading_actions import read_action, unreadable_action
from framework.compiler.reading_fields import attribute_of, read_attribute, read_derived, read_link
from framework.compiler.reading_machine import machine_attribute, read_machine
from framework.compiler.reading_rules import read_exclusion, read_identity, read_index, read_retention
from framework.compiler.shapes import misshapen
from framework.compiler.tenancies.reading import read_tenancy
from framework.declare.actions import ActionOptions, action_name
from framework.declare.attributes import Attr, AttributeOptions
from framework.declare.derived import DerivedOptions
from framework.declare.machine import MachineOptions
from framework.declare.relationships import Link
from framework.declare.resource import Resource
from framework.declare.rules import CheckOptions, ExclusionOptions, IdentityOptions, IndexOptions, RetentionOptions
from framework.declare.tenancy import TenancyOptions
from framework.errors import Failure, Problem, Source
from framework.expr.build import node_of
from framework.expr.nodes import Value
from framework.spec.attribute import CheckSpec, Default, DerivedSpec, IndexSpec
from framework.spec.resource import ResourceSpec
from framework.spec.retention import RetentionSpec
from framework.spec.tenancy import TenancySpec
from framework.types.type import UNKNOWN

Rule = IdentityOptions | ExclusionOptions | CheckOptions | IndexOptions | RetentionOptions
PLAIN = (str, bytes, int, float, list, tuple, dict, set)


@dataclass(slots=True)
class ResourceBuilder:
    """What has been read of a class so far. `whole` until a link is lost: whatever goes over it would look wrong."""

    record: type[Resource]
    resources: Mapping[str, type]
    parts: dict[str, Any] = field(default_factory=dict)
    indexes: list[IndexSpec] = field(default_factory=list)
    machine: Any = None
    retention: RetentionSpec | None = None
    tenancy: TenancySpec | None = None
    problems: list[Problem] = field(default_factory=list)
    whole: bool = True

    def put(self, part: str, name: str, spec: object) -> None:
        """Keeps one spec, in the order said."""
        self.parts.setdefault(part, {})[name] = spec

    def object_to(self, at: Source, name: str, says: str, hint: str | None = None) -> None:
        """Keeps one mistake."""
        self.problems.append(Problem(at, f"{self.record.__name__}.{name}", says, hint))

    def spec(self) -> ResourceSpec:
        """What has been read, put together."""
        record = self.record
        sections = _sections(record.sections)
        return ResourceSpec(
            name=record.__name__,
            record=record,
            source=record.__scope__.source,
            doc=inspect.cleandoc(record.__doc__ or ""),
            indexes=tuple(self.indexes),
            machine=self.machine,
            retention=self.retention,
            tenancy=self.tenancy,
            sections={type(section): section for section in sections},
            stored=record.stored is not False,
            renamed_from=vars(record).get("renamed_from"),
            dropped=_listed(vars(record).get("dropped")),
            **self.parts,
        )


def read_resource(record: type[Resource], resources: Mapping[str, type]) -> ResourceBuilder:
    """A class as it was written, and what could not be read of it."""
    reading = ResourceBuilder(record, resources)
    for name, word in {**words_of(record), **_implied(reading)}.items():
        try:
            _read(reading, name, word)
        except Unreadable as error:
            reading.problems.append(error.problem)
            _stand_in(reading, name, word)
        except NameError as error:
            hint = "a lambda does not see the names of the class body around it"
            reading.object_to(source_of(word, record), name, f"`{error.name}` is not in sight", hint)
            _stand_in(reading, name, word)
        except (TypeError, AttributeError) as error:
            # Raised by the author's own lambdas as well.
            reading.object_to(source_of(word, record), name, str(error))
            _stand_in(reading, name, word)
    _read_tenancy(reading)
    for says, hint in _wrong_sections(vars(record).get("sections", ())):
        reading.object_to(record.__scope__.source, "sections", says, hint)
    for name in unassigned(record):
        reading.object_to(record.__scope__.source, name, "was annotated but not declared", "write `= attribute()`")
    return reading


def _read_tenancy(reading: ResourceBuilder) -> None:
    try:
        reading.tenancy = read_tenancy(reading.record)
    except Unreadable as error:
        reading.problems.append(error.problem)


def _implied(reading: ResourceBuilder) -> Mapping[str, object]:
    """What the class derives of its own words; what is wrong with those is a mistake like any other."""
    try:
        return {name: said_at(reading.record.__scope__.source, word) for name, word in reading.record.implied().items()}
    except Failure as failure:
        for issue in failure.issues:
            reading.object_to(
                reading.record.__scope__.source, ".".join(map(str, issue.path)), issue.message, issue.hint
            )
    return {}


def _wrong_sections(said: object) -> Iterator[tuple[str, str]]:
    if not isinstance(said, (tuple, Attr, Link)):
        yield "is a tuple", "write `sections = (...,)`"
    for section in said if isinstance(said, tuple) else ():
        if isinstance(section, type):
            yield f"`{section.__name__}` is a class, which says nothing by itself", f"write `{section.__name__}(...)`"
        elif isinstance(section, PLAIN) or section is None:
            yield f"`{section!r}` is no section", "list sections of extensions, such as `Rest(...)`"


def _listed(said: object) -> tuple[Any, ...]:
    """What is to go; a text alone is one, and what is no list is objected to by its name."""
    return tuple(said) if isinstance(said, (tuple, list)) else (said,) if isinstance(said, str) else ()


def _sections(said: object) -> tuple[object, ...]:
    """What extensions were told; the name may have been taken for something else, which is objected to."""
    return said if isinstance(said, tuple) else ()


def words_of(record: type[Resource]) -> dict[str, Any]:
    """Every word of the body and of its ancestors' bodies, by name; the nearest one wins."""
    return {name: word for cls in lineage(record) for name, word in vars(cls).items() if not name.startswith("__")}


def _read(reading: ResourceBuilder, name: str, word: Any) -> None:
    match word:
        case Attr() | Link():
            _read_field(reading, name, word)
        case ActionOptions():
            _read_action(reading, action_name(name), word)
        case IdentityOptions() | ExclusionOptions() | CheckOptions() | IndexOptions() | RetentionOptions():
            _read_rule(reading, name, word)
        case TenancyOptions() if name != "tenancy":
            raise TypeError("says whose the records are, which goes by the name `tenancy`")
        case _:
            return


def _read_rule(reading: ResourceBuilder, name: str, word: Rule) -> None:
    match word:
        case IdentityOptions():
            reading.put("identities", name, read_identity(name, word, reading.record))
        case ExclusionOptions():
            reading.put("exclusions", name, read_exclusion(name, word, reading.record))
        case CheckOptions():
            node = node_of(word.condition, reading.record)
            reading.put("checks", name, CheckSpec(name, node, word.source, word.message))
        case IndexOptions():
            reading.indexes.append(read_index(word, reading.record))
        case RetentionOptions():
            if reading.retention is not None:
                raise TypeError(f"`{reading.retention.name}` says already how long records are kept")
            reading.retention = read_retention(name, word, reading.record)


def _read_action(reading: ResourceBuilder, name: str, options: ActionOptions) -> None:
    wrong = list(misshapen(options))
    for part, says in wrong:
        reading.object_to(options.source, f"{name}.{part}", says)
    reading.put("actions", name, (unreadable_action if wrong else read_action)(name, options, reading.record))


def _read_field(reading: ResourceBuilder, name: str, word: Attr[Any] | Link) -> None:
    annotation = annotation_of(name, word, reading.record, reading.resources)
    match word.options if isinstance(word, Attr) else word:
        case AttributeOptions() as options:
            reading.put("attributes", name, read_attribute(name, annotation, options, reading.record))
        case DerivedOptions() as options:
            reading.put("derived", name, read_derived(name, annotation, options, reading.record))
        case MachineOptions() as options:
            if reading.machine is not None:
                raise TypeError(f"`{reading.machine.attribute}` is a state machine already; a record has one")
            attribute, reading.machine = read_machine(name, annotation, options)
            reading.put("attributes", name, attribute)
        case Link() as link:
            reading.put("relationships", name, read_link(name, annotation, link, reading.record))


def _stand_in(reading: ResourceBuilder, name: str, word: object) -> None:
    """Something in the place of what cannot be read, so that what speaks of it is not objected to as well."""
    match word.options if isinstance(word, Attr) else word:
        case AttributeOptions() as options:
            reading.put("attributes", name, attribute_of(name, UNKNOWN, options))
        case DerivedOptions() as options:
            reading.put("derived", name, DerivedSpec(name, UNKNOWN, Value(None), options.source))
        case MachineOptions() as options:
            reading.put("attributes", name, machine_attribute(name, UNKNOWN, options, Default(value=None)))
        case ActionOptions() as options:
            called = action_name(name)
            reading.put("actions", called, unreadable_action(called, options, reading.record))
        case Link():
            reading.whole = False
