"""A place in an ordered list as an opaque text: the sort values and key of one record, bound to the order.

A cursor is no secret and grants nothing: it carries values, each typed anew when it is read, and what it may
be compared with is decided by the query it comes with.
"""

from __future__ import annotations

import binascii
import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

import orjson

from framework.actions.keyset import full_sort
from framework.actions.query import Keys, Query, Sort
from framework.errors import Invalid, Path
from framework.expr.nodes import along
from framework.spec.domain import DomainSpec
from framework.spec.inference import Inference
from framework.spec.resource import ResourceSpec
from framework.types.type import UNKNOWN, Type
from framework.wire.operands import cast_operand

MAX_LENGTH = 8192


def encode_cursor(keys: Keys, sort: Sequence[Sort], spec: ResourceSpec, domain: DomainSpec) -> str:
    """The cursor of a record whose values in this order are `keys`."""
    values = [kind.dump(value) for kind, value in zip(_types(sort, spec, domain), keys, strict=True)]
    return urlsafe_b64encode(orjson.dumps([_digest(sort, spec), *values])).rstrip(b"=").decode()


def decode_cursor(
    text: str, sort: Sequence[Sort], spec: ResourceSpec, domain: DomainSpec, *, path: Path = ("after",)
) -> Keys:
    """The values a cursor carries; raises Invalid when it is not one of this order."""
    digest, values = _unpacked(text, path)
    if digest != _digest(sort, spec):
        says = "this cursor belongs to another list or another order"
        raise Invalid(says, code="bad_cursor", path=path, hint="keep `sort` as it was when the cursor was given")
    types = _types(sort, spec, domain)
    if len(values) != len(types):
        raise _garbage(path)
    cast = [(None, ()) if v is None else cast_operand(v, kind, path) for kind, v in zip(types, values, strict=True)]
    if any(issues for _, issues in cast):
        raise _garbage(path)
    return tuple(value for value, _ in cast)


def _unpacked(text: str, path: Path) -> tuple[object, list[object]]:
    try:
        if len(text) > MAX_LENGTH:
            raise _garbage(path)
        packed = text.encode("ascii")
        content = orjson.loads(urlsafe_b64decode(packed + b"=" * (-len(packed) % 4)))
    except (UnicodeEncodeError, binascii.Error, orjson.JSONDecodeError):
        raise _garbage(path) from None
    if not isinstance(content, list) or not content:
        raise _garbage(path)
    return content[0], content[1:]


def _garbage(path: Path) -> Invalid:
    return Invalid("this is not a cursor", code="bad_cursor", path=path, hint="use a cursor as it was given")


def _types(sort: Sequence[Sort], spec: ResourceSpec, domain: DomainSpec) -> list[Type]:
    order, inference = full_sort(Query(sort=tuple(sort)), spec), Inference(domain)
    return [inference.infer(along(*item.path), (spec,)).type or UNKNOWN for item in order]


def _digest(sort: Sequence[Sort], spec: ResourceSpec) -> str:
    order = ",".join(("-" if item.descending else "") + ".".join(item.path) for item in sort)
    return hashlib.sha256(f"{spec.name}:{order}".encode()).hexdigest()[:8]
