"""Steps that have nothing to do with each other, as one: each about resources of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.migrations.walk.carrying import Step
from tests.migrations.walk.model import Link, Model, Part, Thing


def placed(model: Model, place: int) -> Model:
    """The same resources under names of their own."""

    def part(kept: Part) -> Part:
        return replace(kept, target=f"{kept.target}{place}") if isinstance(kept, Link) else kept

    return {
        f"{name}{place}": replace(
            thing,
            fields={field: part(each) for field, each in thing.fields.items()},
            was=thing.was and f"{thing.was}{place}",
        )
        for name, thing in model.items()
    }


def together(steps: Sequence[Step]) -> Step:
    """All of them in one; the names of the resources end in the place of theirs."""
    old: dict[str, Thing] = {}
    new: dict[str, Thing] = {}
    things: dict[str, str] = {}
    fields: dict[tuple[str, str], str] = {}
    for place, step in enumerate(steps):
        old |= placed(step.old, place)
        new |= placed(step.new, place)
        things |= {f"{now}{place}": f"{was}{place}" for now, was in step.things.items()}
        fields |= {(f"{thing}{place}", now): was for (thing, now), was in step.fields.items()}
    return Step(old, new, things, fields)
