"""A step as it comes to be, move by move."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from tests.migrations.walk.carrying import Step
from tests.migrations.walk.kinds import FORMULAS, KINDS
from tests.migrations.walk.model import Field, Link, Model, Part, Rule, Thing, Worked, bare

T = TypeVar("T")


@dataclass(slots=True)
class Change:
    """What is declared so far; `pick` chooses, and `said` where renames are not declared."""

    old: Model
    pick: Callable[[Sequence[Any]], Any]
    said: bool
    model: dict[str, Thing] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)
    fields: dict[tuple[str, str], str] = field(default_factory=dict)

    def step(self) -> Step:
        """The step that it is so far."""
        return Step(self.old, dict(self.model), dict(self.things), dict(self.fields))

    def one(self, choices: Sequence[T]) -> T | None:
        """One of them, if there are any."""
        found: T | None = self.pick(choices) if choices else None
        return found

    def put(self, thing: str, **parts: Any) -> None:
        """Another declaration of a resource."""
        self.model[thing] = replace(self.model[thing], **parts)

    def part(self, kind: type[T]) -> tuple[str, str, T] | None:
        """A field, a link or a rule of some resource."""
        found = [
            (thing, name, each)
            for thing, declared in self.model.items()
            for name, each in (*declared.fields.items(), *declared.rules.items())
            if isinstance(each, kind)
        ]
        return self.one(found)

    def field_of(self, kinds: Collection[str]) -> tuple[str, str, Field] | None:
        """A field of one of these kinds, of some resource."""
        found = [
            (thing, name, each)
            for thing, declared in self.model.items()
            for name, each in declared.fields.items()
            if isinstance(each, Field) and each.kind in kinds
        ]
        return self.one(found)

    def put_field(self, thing: str, name: str, kept: Part) -> None:
        """A field or link, new or another."""
        self.put(thing, fields={**self.model[thing].fields, name: kept})

    def without(self, thing: str, name: str) -> None:
        """Takes out a field or link, and the rules that speak of it."""
        declared = self.model[thing]
        fields = {part: each for part, each in declared.fields.items() if part != name}
        self.put(thing, fields=fields)
        self.without_rules(thing, name)
        self.fields.pop((thing, name), None)

    def without_rules(self, thing: str, name: str) -> None:
        """Takes out the rules that speak of a field."""
        rules = self.model[thing].rules
        self.put(thing, rules={part: rule for part, rule in rules.items() if not rule.mentions(name)})

    def settled(self) -> Step:
        """The step, once every part of it goes with the others."""
        for thing in self.model:
            self._settle_sources(thing)
            self._settle_calculations(thing)
            self._settle_members(thing)
        return self.step()

    def new_name(self, names: Sequence[str], thing: str) -> str | None:
        """A name that nothing of the resource has or had."""
        taken = {*self.model[thing].fields, *self.model[thing].rules}
        origin = self.things.get(thing, thing)
        if origin in self.old:
            taken |= {*self.old[origin].fields}
        taken |= {str(each.was) for each in self.model[thing].fields.values() if isinstance(each, Field | Link)}
        return self.one([name for name in names if name not in taken and f"{name}_id" not in taken])

    def _settle_sources(self, thing: str) -> None:
        """A field is filled from one that is still there, of its kind, and that has a value wherever it needs one."""
        fields = self.model[thing].fields
        for name, each in fields.items():
            if isinstance(each, Field) and each.of is not None:
                source = fields.get(each.of)
                sound = isinstance(source, Field) and source.kind == each.kind and source.of is None
                if not (sound and isinstance(source, Field) and (source.required or not each.required)):
                    self.put_field(thing, name, replace(each, of=None))

    def _settle_calculations(self, thing: str) -> None:
        """What is worked out goes with what it is worked out of."""
        for name, each in [*self.model[thing].fields.items()]:
            if isinstance(each, Worked):
                source = self.model[thing].fields.get(each.of)
                if not isinstance(source, Field) or source.kind != each.kind:
                    self.without(thing, name)

    def _settle_members(self, thing: str) -> None:
        """Choices that have other names now, and are not said to, are declared to."""
        step = self.step()
        for name, each in self.model[thing].fields.items():
            if isinstance(each, Field):
                members = () if self.said else (*step.members(thing, name).items(),)
                self.put_field(thing, name, replace(each, members=members))


def same_name(rule: Rule) -> tuple[object, ...]:
    """What the name of an identity or an index follows from."""
    return (rule.word, rule.fields, rule.where is None, rule.kind)


def worked_of(declared: Thing) -> list[str]:
    """The fields that something may be worked out of."""
    return [name for name, each in declared.fields.items() if isinstance(each, Field) and each.kind in FORMULAS]


def kind_of(declared: Thing, name: str) -> str:
    """The kind of a field, or nothing for a link."""
    each = declared.fields[bare(name)]
    return "" if isinstance(each, Link) else each.kind


def limits_of(kind: str) -> list[str | None]:
    """The limits that a field may have, and none."""
    return [None, *KINDS[kind].limits]
