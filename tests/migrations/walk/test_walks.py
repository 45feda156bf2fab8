"""Random walks over declarations with records in the tables: nothing is lost, changed or left behind without a word.

A few in every run; `make nightly` takes hundreds (DSPEX_WALKS, from DSPEX_SEED on). A walk follows from its seed.
Hypothesis is not asked: it made many walks that were one with another end.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.migrations.walk.database import Database
from tests.migrations.walk.kinds import KINDS
from tests.migrations.walk.model import Field, source_of
from tests.migrations.walk.moves import changed
from tests.migrations.walk.walk import Walk

FIRST, WALKS = int(os.environ.get("DSPEX_SEED", "0")), int(os.environ.get("DSPEX_WALKS", "3"))


class Walker:
    """Who walks, and tells of each step."""

    def __init__(self, walk: Walk, seed: int) -> None:
        self.walk, self.chance = walk, Random(seed)

    def go(self, steps: int) -> None:
        """From some resources with records in them on, and at the end a look back."""
        self.change(20)
        for _ in range(steps):
            choices: list[Callable[[], object]] = [self.insert, self.insert, self.back, self.add_by_hand]
            waiting = self.walk.taken < len(self.walk.steps)
            choices += [self.onward, self.onward, self.forget] if waiting else 6 * [self.change]
            self.chance.choice(choices)()
        while self.walk.taken < len(self.walk.steps) and (in_the_way := self.walk.up()):
            self.walk.delete(in_the_way)
        self.walk.end()

    def change(self, moves: int | None = None) -> None:
        """Declares something else, and goes there."""
        step, said = changed(self.walk.declared, self.chance.choice, moves or self.chance.choice([1, 1, 2, 3, 4]))
        if step.old == step.new:
            return
        print(f"--- {'said' if said else 'declared'}: {step.renames()}\n{source_of(step.new)}")
        if self.walk.revise(step, said=said):
            self.onward()
            self.insert()
        else:
            print("no conversion")

    def onward(self) -> None:
        """Carries out what is waiting; what is in the way is deleted, or left, or the step is thought better of."""
        while in_the_way := self.walk.up():
            way = self.chance.choice(["delete", "delete", "stay", "forget"])
            print(f"in the way: {in_the_way}, {way}")
            match way:
                case "stay":
                    return
                case "delete":
                    self.walk.delete(in_the_way)
                case _:
                    self.walk.forget()

    def back(self) -> None:
        """A step or two."""
        for _ in range(self.chance.choice([1, 1, 2])):
            if self.walk.taken > 1:
                in_the_way = self.walk.down()
                print(f"back: {in_the_way or 'done'}")
                if in_the_way and self.chance.random() < 0.5:
                    self.walk.delete(in_the_way)

    def forget(self) -> None:
        """Takes back a step that was not carried out."""
        print("forget")
        self.walk.forget()

    def insert(self) -> None:
        """Some records of each resource, or as many of them as break no rule."""
        for thing in self.chance.choices([*self.walk.standing], k=8) if self.walk.standing else []:
            row: dict[str, Any] = {}
            for column, kept in self.walk.standing[thing].columns.items():
                samples = KINDS[kept.kind].samples if isinstance(kept, Field) else [*self.walk.rows[kept.target]]
                row[column] = self.chance.choice([*samples, *([] if kept.required else [None])] or [None])
            print(f"insert {thing} {row}: {self.walk.insert(thing, row)}")

    def add_by_hand(self) -> None:
        """To a table of ours, what others may want there."""
        things = sorted({*self.walk.standing} - self.walk.by_hand)
        if things:
            thing = self.chance.choice(things)
            print(f"by hand: {thing}")
            self.walk.touch(thing)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + WALKS))
def test_a_walk_over_declarations_loses_nothing(walked: tuple[Database, Database], tmp_path: Path, seed: int) -> None:
    Walker(Walk(*walked, tmp_path / "versions"), seed).go(12 if WALKS > 3 else 8)
