"""What may be done to a declaration, one thing at a time; several of them make a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from tests.migrations.walk.carrying import Step
from tests.migrations.walk.kinds import KINDS, Kind, Value
from tests.migrations.walk.model import MADE, Condition, Field, Link, Model, Rule, Thing

T = TypeVar("T")
FIELDS = ("note", "order", "limit", "total", "a_name_so_long_that_no_rule_of_it_fits_into_an_identifier")
THINGS = ("Item", "Order", "Maker", "Box")
LINKS = ("maker", "user", "next_one")
RULES = ("first", "second")
CONDITIONS = (("number", ">=", 0), ("number", ">=", 1), ("text", "!=", "a"), ("text", "!=", "50%'"))
ON_DELETE = ("RESTRICT", "CASCADE", "SET_NULL")


@dataclass(slots=True)
class Change:
    """A step as it comes to be; `pick` chooses, and `said` where renames are not declared."""

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

    def put_field(self, thing: str, name: str, kept: Field | Link) -> None:
        """A field or link, new or another."""
        self.put(thing, fields={**self.model[thing].fields, name: kept})

    def new_name(self, names: Sequence[str], thing: str) -> str | None:
        """A name that nothing of the resource has or had."""
        taken = {*self.model[thing].fields, *self.model[thing].rules}
        origin = self.things.get(thing, thing)
        if origin in self.old:
            taken |= {*self.old[origin].fields}
        taken |= {each.was for each in self.model[thing].fields.values() if each.was}
        return self.one([name for name in names if name not in taken and f"{name}_id" not in taken])


def add_thing(change: Change) -> None:
    """A resource without anything, which others may point to later."""
    taken = {*change.model, *change.old, *(each.was for each in change.model.values())}
    name = change.one([each for each in THINGS if each not in taken])
    if name is not None:
        change.model[name] = Thing(change.pick(["uuid", "int"]))


def drop_thing(change: Change) -> None:
    """And with it the links to it."""
    name = change.one([each for each in change.model if change.step().origin(each) is not None])
    if name is None or len(change.model) == 1:
        return
    for thing, declared in [*change.model.items()]:
        for part, each in declared.fields.items():
            if isinstance(each, Link) and each.target == name:
                _without(change, thing, part)
    del change.model[name]
    change.things.pop(name, None)
    change.fields = {part: old for part, old in change.fields.items() if part[0] != name}


def rename_thing(change: Change) -> None:
    """And what points to it."""
    taken = {*change.model, *change.old, *(each.was for each in change.model.values())}
    old = change.one([*change.old.keys() & change.model.keys() - change.things.keys()])
    new = change.one([each for each in THINGS if each not in taken])
    if old is None or new is None:
        return
    was = None if change.said else old
    change.model = {
        new if name == old else name: replace(each, was=was) if name == old else each
        for name, each in change.model.items()
    }
    for thing, declared in [*change.model.items()]:
        for part, each in declared.fields.items():
            if isinstance(each, Link) and each.target == old:
                change.put_field(thing, part, replace(each, target=new))
    change.things[new] = old
    change.fields = {(new if thing == old else thing, name): was for (thing, name), was in change.fields.items()}


def add_field(change: Change) -> None:
    """Optional or required, filled or not."""
    thing = change.pick([*change.model])
    name = change.new_name(FIELDS, thing)
    if name is not None:
        change.put_field(thing, name, _filled(change, thing, Field(change.pick([*KINDS]), change.pick([False, True]))))


def drop_field(change: Change) -> None:
    """And the rules that speak of it."""
    kind: type[Field | Link] = change.pick([Field, Link])
    found = change.part(kind)
    if found is not None and (found[0], found[1]) not in change.fields:
        _without(change, found[0], found[1])


def rename_field(change: Change) -> None:
    """Or a link, with the rules that speak of it."""
    found = change.part(Link) if change.pick([False, True]) else change.part(Field)
    if found is None:
        return
    thing, old, each = found
    origin = change.things.get(thing, thing)
    new = change.new_name(LINKS if isinstance(each, Link) else FIELDS, thing)
    if new is None or origin not in change.old or old not in change.old[origin].fields or (thing, old) in change.fields:
        return
    if type(change.old[origin].fields[old]) is not type(each):
        return
    declared = change.model[thing]
    renamed = {
        new if name == old else name: replace(kept, was=None if change.said else old) if name == old else kept
        for name, kept in declared.fields.items()
    }
    filled = {
        name: replace(kept, of=new) if isinstance(kept, Field) and kept.of == old else kept
        for name, kept in renamed.items()
    }
    rules = {name: rule.renamed(old, new) for name, rule in declared.rules.items()}
    change.put(thing, fields=filled, rules=rules)
    change.fields[thing, new] = old


def retype(change: Change) -> None:
    """Without what was said of the other type."""
    found = change.part(Field)
    if found is None:
        return
    thing, name, each = found
    # A number is no list, and what is kept as JSON does not say so.
    kind = change.pick([each for each in KINDS if each != "tags"])
    _forget_conditions(change, thing, name)
    change.put_field(thing, name, _filled(change, thing, Field(kind, each.required, was=each.was)))


def require(change: Change) -> None:
    """Or no longer."""
    found = change.part(Field)
    if found is not None:
        thing, name, each = found
        changed = replace(each, required=not each.required, default=(), backfill=(), of=None)
        change.put_field(thing, name, _filled(change, thing, changed, name))


def limit(change: Change) -> None:
    """Another limit, or none."""
    found = change.part(Field)
    if found is not None:
        thing, name, each = found
        kind = KINDS[each.kind]
        limit = change.pick([None, *kind.limits])
        fits = [value for value in each.default if value is MADE or kind.holds(value, limit)]
        filled = [value for value in each.backfill if kind.holds(value, limit)]
        change.put_field(thing, name, replace(each, limit=limit, default=(*fits,), backfill=(*filled,)))


def add_rule(change: Change) -> None:
    """An identity, an index or a check, or another in its place."""
    thing = change.pick([*change.model])
    declared = change.model[thing]
    free = [each for each in RULES if each not in declared.fields]
    name, word = change.pick(free), change.pick(["identity", "index", "check"])
    fields = [part for part, each in declared.fields.items() if isinstance(each, Field) and each.kind != "tags"]
    conditions = [
        Condition(each, operator, value)
        for kind, operator, value in CONDITIONS
        for each in fields
        if _kind(declared, each) == kind
    ]
    where = change.one(conditions) if word == "check" or change.pick([False, True]) else None
    if not fields or (word == "check" and where is None):
        return
    first = change.pick(fields)
    second = change.pick([None, *(each for each in fields if each != first)])
    descends = word == "index" and change.pick([False, True])
    parts = ("-" * descends + first, *([second] if second else []))
    rules = {**declared.rules, name: Rule(word, () if word == "check" else parts, where)}
    said = [_same_name(each) for each in rules.values() if each.word != "check"]
    if len({*said}) == len(said):
        change.put(thing, rules=rules)


def drop_rule(change: Change) -> None:
    """An identity, an index or a check."""
    found = change.part(Rule)
    if found is not None:
        thing, name, _ = found
        change.put(thing, rules={each: rule for each, rule in change.model[thing].rules.items() if each != name})


def relate(change: Change) -> None:
    """A link, or one to another resource."""
    found = change.part(Link) if change.pick([False, True]) else None
    target = change.pick([*change.model])
    if found is not None:
        thing, name, each = found
        change.put_field(thing, name, replace(each, target=target))
        return
    thing = change.pick([*change.model])
    new = change.new_name(LINKS, thing)
    if new is not None:
        required = change.pick([False, True])
        on_delete = change.pick(ON_DELETE[:2] if required else ON_DELETE)
        change.put_field(thing, new, Link(target, required, on_delete))


def relink(change: Change) -> None:
    """Required or not, with another rule for what goes."""
    found = change.part(Link)
    if found is not None:
        thing, name, each = found
        required = change.pick([False, True])
        on_delete = change.pick(ON_DELETE[:2] if required else ON_DELETE)
        change.put_field(thing, name, replace(each, required=required, on_delete=on_delete))


MOVES = (
    *(add_thing, drop_thing, rename_thing, drop_field, rename_field, rename_field, drop_rule, relate, relate, relink),
    *(add_field, add_field, add_field, retype, retype, retype, require, require, require, limit, limit),
    *(add_rule, add_rule, add_rule),
)


def changed(model: Model, pick: Callable[[Sequence[Any]], Any], moves: int) -> tuple[Step, bool]:
    """A step of so many moves, and whether its renames are said rather than declared."""
    change = Change(model, pick, said=pick([True, False]), model=dict(model))
    for _ in range(moves):
        pick(MOVES if change.model else (add_thing,))(change)
    for thing in change.model:
        _settle_sources(change, thing)
    return change.step(), change.said


def _without(change: Change, thing: str, name: str) -> None:
    declared = change.model[thing]
    fields = {part: each for part, each in declared.fields.items() if part != name}
    rules = {part: rule for part, rule in declared.rules.items() if not rule.mentions(name)}
    change.put(thing, fields=fields, rules=rules)
    change.fields.pop((thing, name), None)


def _settle_sources(change: Change, thing: str) -> None:
    """A field is filled from one that is still there, of its kind, and that has a value wherever it needs one."""
    fields = change.model[thing].fields
    for name, each in fields.items():
        if isinstance(each, Field) and each.of is not None:
            source = fields.get(each.of)
            sound = isinstance(source, Field) and source.kind == each.kind and source.of is None
            if not (sound and isinstance(source, Field) and (source.required or not each.required)):
                change.put_field(thing, name, replace(each, of=None))


def _forget_conditions(change: Change, thing: str, name: str) -> None:
    """Rules that say of a field what holds for its type only."""
    rules = change.model[thing].rules
    change.put(thing, rules={part: rule for part, rule in rules.items() if not rule.mentions(name)})


def _filled(change: Change, thing: str, each: Field, name: str = "") -> Field:
    """The field with what fills it, perhaps."""
    kind = KINDS[each.kind]
    values = [value for value in kind.samples if kind.holds(value, each.limit)]
    same = [
        other
        for other, kept in change.model[thing].fields.items()
        if isinstance(kept, Field) and kept.kind == each.kind and other != name and kept.of is None
    ]
    match change.pick(["nothing", "default", "made", "backfill", "of"]):
        case "default" if values:
            return replace(each, default=(change.pick(values),))
        case "made" if kind.made:
            return replace(each, default=(MADE,))
        case "backfill" if values:
            return replace(each, backfill=(change.pick(values),))
        case "of" if same and _may_be_of(each, kind):
            return replace(each, of=change.pick(same))
        case _:
            return each


def _may_be_of(each: Field, kind: Kind) -> bool:
    return kind.storage != "jsonb" and each.limit is None


def _kind(thing: Thing, name: str) -> str:
    each = thing.fields[name]
    return each.kind if isinstance(each, Field) else ""


def _same_name(rule: Rule) -> tuple[Value, ...]:
    return (rule.word, rule.fields, rule.where is None)
