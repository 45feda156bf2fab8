"""The command that writes a migration."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Annotated, Any

import typer

from framework.cli.migrations.steps import DomainName, declared_steps
from framework.cli.output import Json, print_json, stderr_console, tell
from framework.cli.stored_values import tell_unreadable, unreadable, unreadable_so_far
from framework.errors import Invalid, Issue
from framework.settings import load_settings
from framework.sql.migrations.alembic_commands import Written
from framework.sql.migrations.plan.decided.consent import LOST
from framework.sql.migrations.plan.decided.decisions import UNDECIDED, Decisions, StepMode
from framework.sql.migrations.plan.decided.members import UNDECIDED as UNDECIDED_MEMBER
from framework.sql.migrations.plan.decided.swaps import UNDECIDED_SWAP
from framework.sql.statements.stored_values import Unreadable

Message = Annotated[str, typer.Option("--message", "-m", help="What the step does, in a few words.")]
Renames = Annotated[
    list[str] | None,
    typer.Option("--rename", help="What has another name now: Item=Article, Article.note=remark, Item.kind.old=new."),
]
Drops = Annotated[list[str] | None, typer.Option("--drop", help="What may go with all it holds: Item, or Item.note.")]
Adopts = Annotated[
    list[str] | None,
    typer.Option("--adopt", help="Whose table stands already and is to be ours: Film, or all that are declared."),
]
Keeps = Annotated[
    list[str] | None,
    typer.Option("--keep", help="What has its name still, though its rules changed places with another's: Item.note."),
]
QUESTIONS = (LOST, UNDECIDED_MEMBER, UNDECIDED_SWAP)
Online = Annotated[bool, typer.Option("--online", help="To be carried out beside writers, operation by operation.")]
Split = Annotated[
    bool,
    typer.Option("--split", help="As two steps: one that the code before can live beside, and one for later."),
]
Empty = Annotated[bool, typer.Option("--empty", help="With nothing in it, to be written by hand.")]


async def revision(  # noqa: PLR0913 - a command takes its options
    *,
    message: Message,
    rename: Renames = None,
    drop: Drops = None,
    keep: Keeps = None,
    adopt: Adopts = None,
    online: Online = False,
    split: Split = False,
    empty: Empty = False,
    domain: DomainName = None,
    json: Json = False,
) -> None:
    """Write the migration of each domain from its tables as they are to what is declared; read it before you run it."""
    asked = {StepMode.ONLINE: online, StepMode.SPLIT: split}
    modes = frozenset(each for each in asked if asked[each])
    said = Decisions(tuple(rename or ()), tuple(drop or ()), tuple(keep or ()), modes=modes)
    said = replace(said, adopts=tuple(adopt or ()))
    if empty and said != UNDECIDED:
        says = "a step with nothing in it decides nothing: leave out the other options, or --empty"
        raise Invalid(says, code="contradiction", path=("empty",))
    async with declared_steps() as steps:
        if empty:
            written: Sequence[Written] = [Written(await steps.empty_revision(message, domain))]
        else:
            said = replace(said, big=load_settings().migration_big_table_rows)
            ask = not json and sys.stdin.isatty()
            written = await _written(lambda known: steps.written(message, known, domain), said, ask=ask)
        if written:
            given = {name for each in written for name in each.given}
            stored = await unreadable_so_far(steps.domain, steps.url, given)
        else:
            stored = [] if await steps.check() else await unreadable(steps.domain, steps.url)
    if json:
        first = str(written[0].path) if written else None
        notes = [note for each in written for note in each.notes]
        steps_told = [{**asdict(each), "path": str(each.path)} for each in written]
        print_json({"written": first, "notes": notes, "steps": steps_told, "stored": [*map(asdict, stored)]})
    else:
        _tell(written, stored)


def _tell(written: Sequence[Written], stored: Sequence[Unreadable]) -> None:
    for each in written:
        tell(f"written: {each.path}")
        for line in (*each.notes, *each.locks):
            tell(f"  {line}")
    if not written:
        tell("nothing has changed, so nothing was written")
    tell_unreadable(stderr_console(), stored)
    for name in sorted({name for each in written for name in each.left}):
        tell(f"left for another revision: the changes of {name}")


async def _written(
    write: Callable[[Decisions], Awaitable[Sequence[Written]]], said: Decisions, *, ask: bool
) -> Sequence[Written]:
    """What is written; whoever sits at a terminal is asked what only they can know."""
    try:
        return await write(said)
    except Invalid as refused:
        open_questions = [issue for issue in refused.issues if issue.code in QUESTIONS]
        if not ask or len(open_questions) < len(refused.issues):
            raise
        answered = _answered(open_questions)
        if not all(answered):
            raise
    answers = [answer for answers in answered for answer in answers]
    # A renamed table may have renamed columns, which are asked about next.
    said = replace(
        said,
        renames=(*said.renames, *(each.text for each in answers if each.word is Word.RENAME)),
        drops=(*said.drops, *(each.text for each in answers if each.word is Word.DROP)),
        keeps=(*said.keeps, *(each.text for each in answers if each.word is Word.KEEP)),
    )
    return await _written(write, said, ask=ask)


class Word(StrEnum):
    """The option that says it."""

    RENAME = "--rename"
    DROP = "--drop"
    KEEP = "--keep"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to become of a thing, as the option would say it."""

    word: Word
    text: str


def _answered(questions: list[Issue]) -> list[list[Answer]]:
    """What is said of each; a new name that something has got already is not offered again."""
    given: set[str] = set()
    return [[*_answers(question.code, dict(question.params), given)] for question in questions]


def _answers(code: str, told: dict[str, Any], given: set[str]) -> Iterator[Answer]:
    if code == UNDECIDED_SWAP:
        yield from _exchanged(told)
        return
    open_ones = [each for each in told["renames"] if _new(each) not in given]
    chosen = next((each for each in open_ones if typer.confirm(_was_renamed(each), err=True)), None)
    if chosen is not None:
        given.add(_new(chosen))
        yield Answer(Word.RENAME, chosen)
    elif typer.confirm(f"Drop {told['name']}, with what {told['rows']} records hold?", err=True):
        yield Answer(Word.DROP, told["name"])


def _exchanged(told: dict[str, Any]) -> Iterator[Answer]:
    if typer.confirm(f"Did {told['name']} and {told['other']} exchange their names?", err=True):
        yield from (Answer(Word.RENAME, each) for each in told["renames"])
    else:
        yield Answer(Word.KEEP, told["name"])


def _was_renamed(said: str) -> str:
    return f"Is {said.partition('=')[2]} what was {said.partition('=')[0]}?"


def _new(said: str) -> str:
    """The table or column that a rename leads to."""
    old, _, new = said.partition("=")
    return f"{old.rpartition('.')[0]}.{new}"
