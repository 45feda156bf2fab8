"""Where a word was said: the file and line of the author's code, outside of this framework's functions."""

from __future__ import annotations

import inspect
from types import FrameType

from framework.errors import Source
from framework.package_name import is_ours


def here() -> Source:
    """The innermost line of the call stack that is the author's."""
    return source_of_frame(author_frame())


def author_frame() -> FrameType | None:
    """The innermost frame of the author's; None where the interpreter keeps no frames.

    A class body or a module of the framework counts: it declares. What is generated for a dataclass runs in no
    file of ours, but in the names of our module. An `__init_subclass__` of anybody's runs below the class statement.
    """
    frame = inspect.currentframe()
    while frame is not None and _is_our_function(frame):
        frame = frame.f_back
    return frame


def source_of_frame(frame: FrameType | None) -> Source:
    """The line that a frame stands at."""
    return Source("<unknown>", 0) if frame is None else Source(frame.f_code.co_filename, frame.f_lineno)


def _is_our_function(frame: FrameType) -> bool:
    # A class is made where its statement stands, whatever its ancestors add to it on the way.
    if frame.f_code.co_name == "__init_subclass__":
        return True
    module = str(frame.f_globals.get("__name__", ""))
    ours = is_ours(module) and bool(frame.f_code.co_flags & inspect.CO_OPTIMIZED)
    return ours or frame.f_code.co_name == "__init_subclass__"
