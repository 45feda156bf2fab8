"""The command that writes a migration."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer

from framework.cli.migrations.steps import declared_steps
from framework.cli.output import Json, print_json, stderr_console
from framework.errors import Invalid, Issue
from framework.sql.migrations.migrations import Migrations, Written
from framework.sql.migrations.plan.consent import LOST
from framework.sql.migrations.plan.decisions import UNDECIDED, Decisions
from framework.sql.migrations.plan.members import UNDECIDED as UNDECIDED_MEMBER

Message = Annotated[str, typer.Option("--message", "-m", help="What the step does, in a few words.")]
Renames = Annotated[
    list[str] | None,
    typer.Option("--rename", help="What has another name now: Item=Article, Article.note=remark, Item.kind.old=new."),
]
Drops = Annotated[list[str] | None, typer.Option("--drop", help="What may go with all it holds: Item, or Item.note.")]
QUESTIONS = (LOST, UNDECIDED_MEMBER)
Empty = Annotated[bool, typer.Option("--empty", help="With nothing in it, to be written by hand.")]


async def revision(
    *, message: Message, rename: Renames = None, drop: Drops = None, empty: Empty = False, json: Json = False
) -> None:
    """Write the migration from the tables as they are to what is declared; read it before you run it."""
    said = Decisions(tuple(rename or ()), tuple(drop or ()))
    if empty and said != UNDECIDED:
        says = "a step with nothing in it renames and drops nothing: leave out --rename and --drop, or --empty"
        raise Invalid(says, code="contradiction", path=("empty",))
    async with declared_steps() as steps:
        if empty:
            written: Sequence[Written] = [Written(await steps.empty_revision(message))]
        else:
            written = await _written(steps, message, said, ask=not json and sys.stdin.isatty())
    if json:
        paths, notes = [str(each.path) for each in written], [note for each in written for note in each.notes]
        print_json({"written": next(iter(paths), None), "notes": notes})
        return
    for each in written:
        stderr_console().print(f"written: {each.path}")
        for note in each.notes:
            stderr_console().print(f"  {note}", soft_wrap=True)
    if not written:
        stderr_console().print("nothing has changed, so nothing was written")


async def _written(steps: Migrations, message: str, said: Decisions, *, ask: bool) -> Sequence[Written]:
    """The step; whoever sits at a terminal is asked what only they can know."""
    try:
        return await steps.written(message, said)
    except Invalid as refused:
        open_questions = [issue for issue in refused.issues if issue.code in QUESTIONS]
        if not ask or len(open_questions) < len(refused.issues):
            raise
        answers = [*_answers(open_questions)]
        if len(answers) < len(open_questions):
            raise
    renames = tuple(answer.text for answer in answers if answer.renames)
    drops = tuple(answer.text for answer in answers if not answer.renames)
    # A renamed table may have renamed columns, which are asked about next.
    said = replace(said, renames=(*said.renames, *renames), drops=(*said.drops, *drops))
    return await _written(steps, message, said, ask=ask)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to become of a thing: a rename, as `--rename` says it, or the name of what is dropped."""

    text: str
    renames: bool


def _answers(questions: list[Issue]) -> Iterator[Answer]:
    """What is said of each; a new name that something has got already is not offered again."""
    given: set[str] = set()
    for question in questions:
        told: dict[str, Any] = dict(question.params)
        name = told["name"]
        open_ones = [each for each in told["renames"] if _new(each) not in given]
        chosen = next((each for each in open_ones if typer.confirm(_was_renamed(each), err=True)), None)
        if chosen is not None:
            given.add(_new(chosen))
            yield Answer(chosen, renames=True)
        elif typer.confirm(f"Drop {name}, with what {told['rows']} records hold?", err=True):
            yield Answer(name, renames=False)


def _was_renamed(said: str) -> str:
    return f"Is {said.partition('=')[2]} what was {said.partition('=')[0]}?"


def _new(said: str) -> str:
    """The table or column that a rename leads to."""
    old, _, new = said.partition("=")
    return f"{old.rpartition('.')[0]}.{new}"
