"""Whether lines of steps can be joined; and when a step fails, what one beside it has done to what it speaks of."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import combinations
from pathlib import Path
from traceback import walk_tb

from alembic.script import Script, ScriptDirectory

from framework.errors import Invalid
from framework.sql.migrations.history import History
from framework.sql.migrations.lines.meetings import Meeting, meetings, one_of_each
from framework.sql.migrations.running.turns import in_turn

# What is not there, or there already (PostgreSQL's Appendix A).
NOT_AS_WRITTEN = frozenset({"42P01", "42703", "42704", "42P07", "42701", "42710"})
ANEW = "two lines of steps were written beside each other: write one anew on top of the other (docs, Two people)"


def refuse_meetings(history: History, heads: Sequence[str], taken: Collection[str]) -> None:
    """Raises Invalid where one of the lines that end in these takes away what another speaks of.

    `taken` are the steps that the database has: where it has only those of one line, the other is to be written anew.
    """
    steps = in_turn([*history.scripts.walk_revisions()][::-1])
    for one, other in combinations(heads, 2):
        first, second = history.before([one]), history.before([other])
        folder = Path(history.scripts.get_revision(one).path).parent
        ours = [step for step in steps if Path(step.path).parent == folder]
        lines = (
            [step for step in ours if step.revision in first - second],
            [step for step in ours if step.revision in second - first],
        )
        found = one_of_each(meetings(*lines))
        if found:
            raise _refused(found, lines, [step.revision for step in ours if step.revision in first & second], taken)


def _refused(
    found: Sequence[Meeting], lines: Sequence[Sequence[Script]], shared: Sequence[str], taken: Collection[str]
) -> Invalid:
    speaking = next(line for line in lines if found[0].other in line)
    ending = next(line for line in lines if line is not speaking)
    has = [any(step.revision in taken for step in line) for line in (speaking, ending)]
    anew, stays = (ending, speaking) if has == [True, False] else (speaking, ending)
    files = ", ".join(Path(step.path).name for step in anew)
    # What a step speaks of is read as words, which may mean something else.
    unseen = f"alembic merge {' '.join(line[-1].revision for line in lines)}"
    return Invalid(
        f"the steps of {Path(anew[0].path).parent.name} cannot be joined as they are: {'; '.join(map(str, found))}",
        code="lines_meet",
        path=("migrations",),
        params={"anew": [step.revision for step in anew], "stays": [step.revision for step in stays]},
        hint=f"write one line anew on top of the other: in a database that has taken it dspex downgrade"
        f" {shared[-1] if shared else 'base'}; then take away {files}, dspex migrate, and dspex revision for what is"
        f" declared now; where they meet in words alone and in nothing that is meant, {unseen} joins them unseen",
    )


def beside(error: BaseException, scripts: ScriptDirectory) -> str | None:
    """What a step of a line beside the one that failed has done to what is not there; None where none says so."""
    cause = getattr(error, "orig", None)
    if getattr(cause, "sqlstate", None) not in NOT_AS_WRITTEN:
        return None
    steps = in_turn([*scripts.walk_revisions()][::-1])
    failed = _failed(error, steps)
    if failed is None:
        return None
    below = _below(scripts, failed)
    others = [each for each in steps if each.revision not in below and failed.revision not in _below(scripts, each)]
    shared = {revision for each in others for revision in _below(scripts, each)}
    own = [each for each in steps if each.revision in below - shared]
    said = str(cause).splitlines()[0]
    found = [each for each in meetings(others, own) if each.other in own and _speaks_of(said, each.thing[-1])]
    return f"{found[0]}: {ANEW}" if found else None


def _speaks_of(said: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said) is not None


def _below(scripts: ScriptDirectory, step: Script) -> set[str]:
    return {each.revision for each in scripts.iterate_revisions((step.revision,), "base", implicit_base=True)}


def _failed(error: BaseException, steps: Sequence[Script]) -> Script | None:
    """The step that was being carried out."""
    files = {Path(frame.f_code.co_filename).absolute() for frame, _ in walk_tb(error.__traceback__)}
    return next((step for step in steps if Path(step.path).absolute() in files), None)
