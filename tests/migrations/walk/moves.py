"""What may be done to a declaration, one thing at a time; several of them make a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.migrations.walk.carrying import Step
from tests.migrations.walk.change import Change, kind_of, same_name
from tests.migrations.walk.kinds import FORMULAS, KINDS, Kind
from tests.migrations.walk.model import MADE, SCHEMA, Condition, Field, Link, Model, Rule, Thing, Worked

FIELDS = ("note", "order", "limit", "total", "a_name_so_long_that_no_rule_of_it_fits_into_an_identifier")
THINGS = ("Item", "Order", "Maker", "Box")
LINKS = ("maker", "user", "next_one")
RULES = ("first", "second")
CONDITIONS = (("number", ">=", 0), ("number", ">=", 1), ("text", "!=", "a"), ("text", "!=", "50%'"))
ON_DELETE = ("RESTRICT", "CASCADE", "SET_NULL")
INDEX_KINDS = {"gin": ("tags",), "brin": ("number", "price", "day", "moment"), "hash": ("text", "number", "ident")}
WORDS = ("", "What it is about.", 'It\'s 50% of "all" :that \\ is')


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
                change.without(thing, part)
    del change.model[name]
    change.things.pop(name, None)
    change.fields = {part: old for part, old in change.fields.items() if part[0] != name}


def rename_thing(change: Change) -> None:
    """And what points to it."""
    taken = {*change.model, *change.old, *(each.was for each in change.model.values())}
    old = change.one(sorted(change.old.keys() & change.model.keys() - change.things.keys()))
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
    kind: type[Any] = change.pick([Field, Link, Worked])
    found = change.part(kind)
    if found is not None and (found[0], found[1]) not in change.fields:
        change.without(found[0], found[1])


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
    _rename(change, thing, {old: new})
    change.put_field(thing, new, replace(change.model[thing].fields[new], was=None if change.said else old))  # type: ignore[arg-type]
    change.fields[thing, new] = old


def swap_fields(change: Change) -> None:
    """Two fields exchange their names, with the rules that speak of them."""
    found = change.part(Field)
    if found is None:
        return
    thing, one, _ = found
    origin = change.things.get(thing, thing)
    stand = change.old[origin].fields if origin in change.old else {}
    free = [
        name
        for name, each in change.model[thing].fields.items()
        if isinstance(each, Field) and isinstance(stand.get(name), Field) and (thing, name) not in change.fields
    ]
    other = change.one([name for name in free if name != one])
    if one in free and other is not None:
        _rename(change, thing, {one: other, other: one})
        change.fields |= {(thing, one): other, (thing, other): one}


def _rename(change: Change, thing: str, names: Mapping[str, str]) -> None:
    declared = change.model[thing]
    fields = {names.get(name, name): each for name, each in declared.fields.items()}
    led = {
        name: replace(each, of=names.get(each.of, each.of))
        if isinstance(each, Field | Worked) and each.of is not None
        else each
        for name, each in fields.items()
    }
    change.put(thing, fields=led, rules={name: rule.renamed(names) for name, rule in declared.rules.items()})


def retype(change: Change) -> None:
    """Without what was said of the other type."""
    found = change.part(Field)
    if found is None:
        return
    thing, name, each = found
    # A number is no list, and what is kept as JSON does not say so.
    kind = change.pick([each for each in KINDS if each != "tags"])
    change.without_rules(thing, name)
    change.put_field(thing, name, _filled(change, thing, Field(kind, each.required, was=each.was, doc=each.doc)))


def rename_member(change: Change) -> None:
    """A choice has another name."""
    pairs = {"letter": "lettre", "lettre": "letter"}
    if (found := change.field_of({*pairs})) is not None:
        thing, name, each = found
        change.put_field(thing, name, replace(each, kind=pairs[each.kind], default=(), backfill=(), of=None))


def calculate(change: Change) -> None:
    """What is worked out of a field comes, is worked out otherwise, or becomes a field, or a field becomes that."""
    found = change.part(Worked)
    if found is not None and change.pick([True, False]):
        thing, name, each = found
        other = Worked(each.kind, each.of, change.pick([*FORMULAS[each.kind]]))
        change.put_field(thing, name, change.pick([other, Field(each.kind)]))
        return
    source = change.field_of({*FORMULAS})
    if source is None:
        return
    where, of, kind = source[0], source[1], source[2].kind
    same = [
        name
        for name, kept in change.model[where].fields.items()
        if isinstance(kept, Field) and kept.kind == kind and name != of and (where, name) not in change.fields
    ]
    new = change.one(same) if change.pick([False, False, True]) else change.new_name(FIELDS, where)
    if new is not None:
        change.put_field(where, new, Worked(kind, of, change.pick([*FORMULAS[kind]])))


def move_thing(change: Change) -> None:
    """To a schema of its own, or back."""
    thing = change.pick([*change.model])
    change.put(thing, schema=None if change.model[thing].schema else SCHEMA)


def describe(change: Change) -> None:
    """Other words, of a resource or a field."""
    found = change.part(Field)
    if found is None or change.pick([False, True]):
        change.put(change.pick([*change.model]), doc=change.pick(WORDS))
        return
    thing, name, each = found
    change.put_field(thing, name, replace(each, doc=change.pick(WORDS)))


def require(change: Change) -> None:
    """Or no longer."""
    found = change.part(Field)
    if found is not None:
        thing, name, each = found
        changed = replace(each, required=not each.required, default=(), backfill=(), of=None)
        change.put_field(thing, name, _filled(change, thing, changed, name))


def limit(change: Change) -> None:
    """Another limit, or none."""
    found = change.field_of({name for name, kind in KINDS.items() if kind.limits})
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
    fields = [name for name in declared.fields if kind_of(declared, name)]
    name, rule = change.pick([each for each in RULES if each not in declared.fields]), _rule(change, declared, fields)
    if rule is None:
        return
    rules = {**declared.rules, name: rule}
    said = [same_name(each) for each in rules.values() if each.word != "check"]
    if len({*said}) == len(said):
        change.put(thing, rules=rules)


def _rule(change: Change, declared: Thing, fields: Sequence[str]) -> Rule | None:
    conditions = [
        Condition(each, operator, value)
        for kind, operator, value in CONDITIONS
        for each in fields
        if kind_of(declared, each) == kind
    ]
    word = change.pick(["identity", "index", "check"])
    where = change.one(conditions) if word == "check" or change.pick([False, True]) else None
    if word == "check":
        return None if where is None else Rule(word, where=where)
    plain = [name for name in fields if kind_of(declared, name) != "tags"]
    if word == "index" and change.pick([True, False, False]):
        kind = change.pick([*INDEX_KINDS])
        suited = [name for name in fields if kind_of(declared, name) in INDEX_KINDS[kind]]
        return Rule(word, (change.pick(suited),), where, kind=kind) if suited else None
    if not plain:
        return None
    second = change.pick([None, *plain])
    parts = [_part(change, declared, change.pick(plain), word)]
    parts += [] if second is None or second in parts[0] else [second]
    include = change.pick([None, *(name for name in plain if not any(name in part for part in parts))])
    if word == "index":
        return Rule(word, (*parts,), where, include=include)
    return Rule(word, (*parts,), where, nulls_collide=change.pick([False, False, True]))


def _part(change: Change, declared: Thing, name: str, word: str) -> str:
    lowered = ["~"] if kind_of(declared, name) == "text" else []
    return str(change.pick(["", *lowered, *["-" for each in [word] if each == "index"]])) + name


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


Move = Callable[[Change], None]
# By what a walk is told to do next: the move that it begins with.
MOVES: Mapping[str, Sequence[Move]] = {
    "add": (add_field, add_field, add_thing),
    "rename": (rename_field, rename_field, rename_thing),
    "swap": (swap_fields,),
    "rename_member": (rename_member,),
    "drop": (drop_field, drop_thing, drop_rule, drop_rule),
    "retype": (retype,),
    "require": (require, require, limit),
    "restrict": (add_rule, add_rule, limit),
    "relate": (relate, relate, relink),
    # Rarely is there a field to work it out of.
    "calculate": (calculate, calculate, calculate),
    "move": (move_thing,),
    "describe": (describe,),
}
ANY = tuple(move for moves in MOVES.values() for move in moves)
# What has no online way is refused: a type, names that are exchanged, what is worked out otherwise.
ONLINE = (*MOVES["add"], *MOVES["rename"], *MOVES["drop"], *MOVES["require"], *MOVES["restrict"], *MOVES["relate"])
# Beside old code there are no other names of tables, either.
SPLIT = tuple(move for move in ONLINE if move is not rename_thing)


def changed(model: Model, pick: Callable[[Sequence[Any]], Any], moves: Sequence[Move]) -> tuple[Step, bool, list[str]]:
    """A step of these moves, whether its renames are said rather than declared, and those that changed something."""
    change = Change(model, pick, said=pick([True, False]), model=dict(model))
    made: list[str] = []
    for each in moves:
        before, move = change.step(), each if change.model else add_thing
        move(change)
        if change.step() != before:
            made.append(move.__name__)
    return change.settled(), change.said, made


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
