"""Some predictors of a program, chosen to be improved; to an optimizer the others are not there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import new_class
from typing import Any

from framework.errors import Invalid, Issue
from framework.lm.programs.predictors import predictors_of
from framework.suggest import did_you_mean


def choose(program: Any, targets: Sequence[str]) -> Any:
    """The program, of which optimizers see those predictors alone that are targets, or parts of one.

    None is all. Raises Invalid for a target that the program has not.
    """
    if not targets:
        return program
    try:
        chosen = chosen_names(predictors_of(program), targets)
    except Invalid as failure:
        raise failure.under("targets") from None
    program.__class__ = _narrowed(type(program), chosen)
    return program


def chosen_names(names: Iterable[str], chosen: Sequence[str]) -> frozenset[str]:
    """The names of predictors that are chosen: `generate` is `generate.predict` as well.

    Raises Invalid with the position of each that is no part.
    """
    names = tuple(names)
    issues = [
        Issue(
            "unknown_part",
            f"the program has no part `{each}`",
            (position,),
            {"parts": list(names)},
            did_you_mean(each, names) or f"there are {', '.join(names)}",
        )
        for position, each in enumerate(chosen)
        if not any(_is_of(name, each) for name in names)
    ]
    if issues:
        raise Invalid.of(issues)
    return frozenset(name for name in names if any(_is_of(name, each) for each in chosen))


def _is_of(name: str, target: str) -> bool:
    return name == target or name.startswith((f"{target}.", f"{target}["))


def _narrowed(kind: type[Any], chosen: frozenset[str]) -> type[Any]:
    """The class with fewer parameters. It passes for the same one, as proposers are shown its source by its name.

    DSPy's own way to freeze a part (`_compiled`) knows no bare predictor.
    """

    def named_parameters(self: Any) -> list[tuple[str, Any]]:
        return [(name, part) for name, part in kind.named_parameters(self) if name in chosen]

    same = {"__module__": kind.__module__, "__qualname__": kind.__qualname__, "__doc__": kind.__doc__}
    narrowed: type[Any] = new_class(
        kind.__name__, (kind,), {}, lambda body: body.update(same, named_parameters=named_parameters)
    )
    return narrowed
