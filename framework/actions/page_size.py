"""How many records a page or a list holds: said in one place for every reader and every transport."""

from __future__ import annotations

from framework.errors import Invalid, Path
from framework.spec.action import Pagination


def page_size(asked: int | None, pages: Pagination, *, of: str, path: Path = ("limit",)) -> int:
    """The number asked for, or what such a page holds when nothing is said; raises Invalid.

    `of` names what has so many, and `path` the input that asked.
    """
    size = pages.default if asked is None else asked
    if not 0 <= size <= pages.maximum:
        says = f"{of} holds 0 to {pages.maximum} records, not {size}"
        raise Invalid(says, code="bad_page_size", path=path, params={"maximum": pages.maximum})
    return size


def page_offset(asked: int | None) -> int | None:
    """How many records are passed over; raises Invalid."""
    if asked is not None and asked < 0:
        raise Invalid("an offset is not negative", code="bad_offset", path=("offset",))
    return asked
