"""A word that a declaration has no place for, told as any other mistake instead of by Python's traceback."""

from __future__ import annotations

import inspect
import re
from types import TracebackType

from framework.errors import Problem, Source
from framework.package_name import is_ours
from framework.suggest import did_you_mean

UNEXPECTED = re.compile(r"(\w+)(?:\.__init__)?\(\) got an unexpected keyword argument '(\w+)'")


def unknown_word(error: TypeError) -> Problem | None:
    """The problem, if it was one of our words that was called so, in the body of a class or module."""
    said = UNEXPECTED.fullmatch(str(error).partition(". Did you mean")[0])
    last = _innermost(error.__traceback__)
    if said is None or last is None:
        return None
    word, unknown = said.groups()
    names = {**last.tb_frame.f_globals, **last.tb_frame.f_locals}
    called = next((value for value in names.values() if getattr(value, "__name__", "") == word), None)
    if called is None or not is_ours(str(getattr(called, "__module__", ""))):
        return None
    known = [name for name in inspect.signature(called).parameters if name != "self"]
    hint = did_you_mean(unknown, known) or f"it takes {', '.join(known)}"
    at = Source(last.tb_frame.f_code.co_filename, last.tb_lineno)
    return Problem(at, word, f"takes no `{unknown}`", hint)


def _innermost(traceback: TracebackType | None) -> TracebackType | None:
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback
