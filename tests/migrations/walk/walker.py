"""The machine that walks: what may be done next is a rule of it, and how follows from a number that is drawn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from random import Random

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from framework.sql.migrations.plan.decided.decisions import StepMode
from tests.migrations.walk.beside import Beside
from tests.migrations.walk.carrying import Row, Step, carried
from tests.migrations.walk.kinds import KINDS
from tests.migrations.walk.model import Field, Link, Model, source_of
from tests.migrations.walk.moves import ANY, MOVES, ONLINE, SPLIT, Move, add_thing, changed
from tests.migrations.walk.walk import Walk

CHANCE = st.randoms(use_true_random=True)
BEGINNING = 20
# How often the code of either version writes between an expand and its contract.
MEANWHILE = 6
PLAIN = "plain"
# Of steps that may be any of them: with rules of their own alone, few were.
MANNERS: Sequence[Sequence[StepMode]] = ((), (), (StepMode.ONLINE,), (StepMode.SPLIT,))


class Walker(RuleBasedStateMachine):
    """Who walks, and tells of each step."""

    def __init__(self, walk: Walk) -> None:
        super().__init__()
        self.walk = walk

    @initialize(seed=st.integers(0, 2**32 - 1))
    def begin(self, seed: int) -> None:
        """Some resources with records in them."""
        # The simplest example, which is the same in each run, is of no interest.
        assume(seed)
        chance = Random(seed)
        self.walk.comments = chance.choice([False, True])
        self._change(chance, [add_thing, *chance.choices(ANY, k=BEGINNING)])

    @property
    def waiting(self) -> bool:
        """Whether a step is written and not taken."""
        return self.walk.taken < len(self.walk.steps)

    @precondition(lambda self: not self.waiting)
    @rule(chance=CHANCE)
    def add(self, chance: Random) -> None:
        """A field or a resource."""
        self._step("add", chance)

    @precondition(lambda self: not self.waiting)
    @rule(chance=CHANCE)
    def rename(self, chance: Random) -> None:
        """A field, a link or a resource."""
        self._step("rename", chance)

    @precondition(lambda self: not self.waiting)
    @rule(chance=CHANCE)
    def swap(self, chance: Random) -> None:
        """Two fields."""
        self._step("swap", chance)

    @precondition(lambda self: not self.waiting)
    @rule(chance=CHANCE)
    def rename_member(self, chance: Random) -> None:
        """A choice."""
        self._step("rename_member", chance)

    @precondition(lambda self: not self.waiting)
    @rule(chance=CHANCE)
    def drop(self, chance: Random) -> None:
        """A field, a link, a rule or a resource."""
        self._step("drop", chance)

    @precondition(lambda self: not self.waiting)
    @rule(chance=CHANCE)
    def retype(self, chance: Random) -> None:
        """A field."""
        self._step("retype", chance)

    @precondition(lambda self: not self.waiting)
    @rule(chance=CHANCE)
    def require(self, chance: Random) -> None:
        """A field, or no longer."""
        self._step("require", chance)

    @precondition(lambda self: not self.waiting)
    @rule(chance=CHANCE)
    def restrict(self, chance: Random) -> None:
        """By an identity, a check or a limit; or an index."""
        self._step("restrict", chance)

    @precondition(lambda self: not self.waiting)
    @rule(chance=CHANCE)
    def relate(self, chance: Random) -> None:
        """By a link, or otherwise."""
        self._step("relate", chance)

    @precondition(lambda self: not self.waiting)
    @rule(chance=CHANCE)
    def calculate(self, chance: Random) -> None:
        """What is stored."""
        self._step("calculate", chance)

    @precondition(lambda self: not self.waiting)
    @rule(chance=CHANCE)
    def move(self, chance: Random) -> None:
        """A table to another schema."""
        self._step("move", chance)

    @precondition(lambda self: not self.waiting)
    @rule(chance=CHANCE)
    def describe(self, chance: Random) -> None:
        """In other words."""
        self._step("describe", chance)

    @precondition(lambda self: not self.waiting)
    @rule(chance=CHANCE)
    def change_online(self, chance: Random) -> None:
        """By operations, which are cut off somewhere and gone on with."""
        self._change(chance, chance.choices(ONLINE, k=chance.choice([1, 2, 3, 4])), StepMode.ONLINE)

    @precondition(lambda self: not self.waiting)
    @rule(chance=CHANCE)
    def split(self, chance: Random) -> None:
        """In two, while the old and the new code write."""
        modes = [StepMode.SPLIT, *chance.choice([[], [StepMode.ONLINE]])]
        self._change(chance, chance.choices(SPLIT, k=chance.choice([1, 2, 3, 4])), *modes)

    @precondition(lambda self: self.waiting)
    @rule(chance=CHANCE)
    def onward(self, chance: Random) -> None:
        """Carries out what is waiting; what is in the way is deleted, or left, or the step is thought better of."""
        self._halt(chance)
        while in_the_way := self.walk.up():
            way = chance.choice(["delete", "delete", "stay", "forget"])
            print(f"in the way: {in_the_way}, {way}")
            match way:
                case "stay":
                    return
                case "delete":
                    self.walk.delete(in_the_way)
                case _:
                    self.walk.forget()

    @rule(chance=CHANCE)
    def back(self, chance: Random) -> None:
        """A step or two."""
        for _ in range(chance.choice([1, 1, 2])):
            if self.walk.taken > 1:
                self._halt(chance)
                in_the_way = self.walk.down()
                print(f"back: {in_the_way or 'done'}")
                way = chance.choice(["delete", "stay"])
                if in_the_way and way == "delete":
                    self.walk.delete(in_the_way)

    @precondition(lambda self: self.waiting)
    @rule()
    def forget(self) -> None:
        """Takes back a step that was not carried out."""
        print("forget")
        self.walk.forget()

    @rule(chance=CHANCE)
    def insert(self, chance: Random) -> None:
        """Some records of each resource, or as many of them as break no rule."""
        for thing in chance.choices([*self.walk.standing], k=8) if self.walk.standing else []:
            row = self._row(chance, thing, self.walk.standing)
            print(f"insert {thing} {row}: {self.walk.insert(thing, row)}")

    @rule(chance=CHANCE)
    def add_by_hand(self, chance: Random) -> None:
        """To a table of ours, what others may want there."""
        things = sorted({*self.walk.standing} - self.walk.by_hand)
        if things:
            thing = chance.choice(things)
            print(f"by hand: {thing}")
            self.walk.touch(thing)

    def teardown(self) -> None:
        """Takes what is waiting, and looks back; unless something was found."""
        if sys.exc_info()[0] is not None:
            return
        while self.waiting and (in_the_way := self.walk.up()):
            self.walk.delete(in_the_way)
        self.walk.end()

    def _step(self, kind: str, chance: Random) -> None:
        others = chance.choices(ANY, k=chance.choice([0, 0, 1, 2, 3]))
        moves = [chance.choice(MOVES[kind]), *others]
        self._change(chance, moves, *(chance.choice(MANNERS) if {*moves} <= {*SPLIT} else ()))

    def _change(self, chance: Random, moves: Sequence[Move], *modes: StepMode) -> None:
        """Declares something else, and goes there."""
        step, said, made = changed(self.walk.declared, chance.choice, moves)
        if step.old == step.new and not step.fields:
            return
        step = Step(step.old, step.new, step.things, step.fields, frozenset(modes))
        print(f"--- {'said' if said else 'declared'}, {[*modes]}: {step.renames()}\n{source_of(step.new)}")
        carried_on = modes and not step.inconvertible()
        if carried_on and (refused := carried(self.walk.rows, step, fills=True).refused):
            self.walk.delete({(str(step.origin(thing)), key) for thing, key in refused})
        before = len(self.walk.steps)
        if not self.walk.revise(step, said=said):
            print("no way")
            return
        self.walk.made.append((str(modes[0]) if modes else PLAIN, made))
        if StepMode.SPLIT in modes and len(self.walk.steps) > before:
            self._beside(chance, Beside(self.walk, step))
        else:
            self.onward(chance)
            self.insert(chance)

    def _beside(self, chance: Random, beside: Beside) -> None:
        """Both versions write."""
        things = sorted(thing for thing in beside.new if thing in beside.old)
        for _ in range(MEANWHILE if things else 0):
            thing = chance.choice(things)
            write: Callable[[Random, Beside, str], object] = chance.choice([self._old, self._new, self._either])
            print(f"{write.__name__} {thing}: {write(chance, beside, thing)}")
        beside.contract()

    def _old(self, chance: Random, beside: Beside, thing: str) -> object:
        row = self._row(chance, thing, beside.step.old)
        return row, beside.insert_as_old(thing, row)

    def _new(self, chance: Random, beside: Beside, thing: str) -> object:
        row = self._row(chance, thing, beside.step.new)
        return row, beside.insert_as_new(thing, row)

    def _either(self, chance: Random, beside: Beside, thing: str) -> object:
        fields = beside.step.new[thing].fields
        both = [name for name in beside.both(thing) if isinstance(fields.get(name), Field)]
        if not both or not beside.old[thing]:
            return None
        name, key = chance.choice(both), chance.choice([*beside.old[thing]])
        value = chance.choice(KINDS[fields[name].kind].samples)  # type: ignore[union-attr]
        return name, key, value, beside.update(thing, key, name, value, as_old=chance.choice([True, False]))

    def _row(self, chance: Random, thing: str, model: Model) -> Row:
        row: Row = {}
        for column, kept in model[thing].columns.items():
            if isinstance(kept, Field | Link):
                there = [*self.walk.rows.get(kept.target, ())] if isinstance(kept, Link) else KINDS[kept.kind].samples
                row[column] = chance.choice([*there, *([] if kept.required else [None])] or [None])
        return row

    def _halt(self, chance: Random) -> None:
        """Has what is carried out next be cut off, or not."""
        self.walk.cut = chance.choice([None, None, chance.randrange(12)])
