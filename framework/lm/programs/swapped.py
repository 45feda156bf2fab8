"""One part of a program taken from what another version of it has learned; the rest stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from framework.errors import Invalid, Issue
from framework.lm.programs.chosen import chosen_names
from framework.lm.programs.predictors import predictors_of
from framework.lm.programs.program import ProgramDefinition, State
from framework.lm.programs.state import dump, load
from framework.lm.programs.tools import AllowedTools

Learned = tuple[ProgramDefinition, State]


def swapped(into: Learned, source: Learned, *, parts: Sequence[str], tools: AllowedTools) -> State:
    """The state of `into`, with what `source` knows for the parts named.

    Raises Invalid for parts that either has not, by their positions, and for those whose fields differ.
    """
    ours, theirs = load(*into, tools), load(*source, tools)
    here, there = predictors_of(ours), predictors_of(theirs)
    names = chosen_names(here, parts)
    chosen_names(there, parts)
    issues = [issue for name in sorted(names) for issue in _differences(name, here[name], there.get(name))]
    if issues:
        raise Invalid.of(issues)
    learned = dump(theirs)
    return {name: learned[name] if name in names else part for name, part in dump(ours).items()}


def _differences(name: str, ours: Any, theirs: Any) -> list[Issue]:
    if theirs is None:
        return [Issue("unknown_part", f"the other version has no part `{name}`", (), {"part": name})]
    here, there = [*ours.signature.fields], [*theirs.signature.fields]
    if here == there:
        return []
    says = f"`{name}` has the fields {', '.join(here)}, and that of the other version {', '.join(there)}"
    return [Issue("other_field", says, (), {"part": name})]
