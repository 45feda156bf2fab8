"""Where two plays part though they may not: the first thing by which the actor could tell one world from the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.secrecy.oracle import View
from tests.secrecy.stage import Act
from tests.secrecy.steps import Asked, Done, Happening, Together


@dataclass(frozen=True)
class Leak:
    """A step that told the worlds apart, and what it told in each."""

    asked: Asked
    left: object
    right: object

    def __str__(self) -> str:
        return f"{self.asked}\n  tells\n{self.left}\n  in one world and\n{self.right}\n  in the other"


def told_apart(begun: View, left: Sequence[Act], right: Sequence[Act]) -> tuple[Leak | None, int]:
    """The first leak, if any, and how many steps were compared.

    What comes after the worlds have rightly become two to the actor is not.
    """
    before = begun
    for number, (one, other) in enumerate(zip(left, right, strict=True), 1):
        leak = _leak(one, other, before)
        if leak is not None:
            return leak, number
        before = one.view
        # What a change brings to light is different then, and so is what it answers.
        if _parted(one, other):
            return None, number
    return None, len(left)


def _parted(one: Act, other: Act) -> bool:
    return one.view != other.view and (one.answer.ok or isinstance(one.asked.step, Happening))


def _leak(one: Act, other: Act, before: View) -> Leak | None:
    if not _is_as_absent(one, before):
        return Leak(one.asked, one.answer.told, "nothing of what is told though it is hidden")
    if one.answer.ok != other.answer.ok:
        return Leak(one.asked, one.answer, other.answer)
    if _parted(one, other):
        return None
    if one.answer != other.answer:
        return Leak(one.asked, one.answer.told, other.answer.told)
    if one.statements != other.statements and not _goes_with_more(one):
        return Leak(one.asked, "\n".join(one.statements), "\n".join(other.statements))
    return None


def _goes_with_more(act: Act) -> bool:
    """Whether a record was destroyed: what goes with it is found level by level, whoever sees that."""
    return isinstance(act.asked.step, Done | Together) and act.asked.step.action == "drop" and act.answer.ok


def _is_as_absent(act: Act, before: View) -> bool:
    """Whether a call about a record that is not shown is answered as one about none, whatever else is wrong with it."""
    step = act.asked.step
    if not isinstance(step, Done) or step.key is None or step.key in before[step.resource]:
        return True
    told = str(act.answer.told)
    # What GraphQL takes for no document at all says nothing of any record.
    return any(word in told for word in ("not_found", "no_such_record", "forbidden", "Variable '$"))


def apart(memory: Sequence[Act], stored: Sequence[Act]) -> Leak | None:
    """Where the two layers do not answer alike."""
    for one, other in zip(memory, stored, strict=True):
        if one.answer != other.answer:
            return Leak(one.asked, one.answer.told, other.answer.told)
    return None
