"""A place in an ordered list as an opaque text: the sort values and key of one record, bound to the order.

A cursor is no secret and grants nothing: it carries values, each typed anew when it is read, and what it may
be compared with is decided by the query it comes with. Where the values are long, it carries the key alone, and they
are read again: an address holds any text that can be sorted by.
"""

from __future__ import annotations

import binascii
import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

import orjson

from framework.actions.keyset import full_sort
from framework.actions.query import Keys, Place, Query, SeenRecord, Sort
from framework.errors import Invalid, Path
from framework.expr.nodes import along
from framework.spec.domain import DomainSpec
from framework.spec.inference import Inference
from framework.spec.resource import ResourceSpec
from framework.types.type import UNKNOWN, Type
from framework.wire.operands import cast_operand

# An address of two thousand characters is taken everywhere, and a cursor is not all of it.
LONGEST = 1500
BY_KEY = "key:"


def encode_cursor(keys: Keys, sort: Sequence[Sort], spec: ResourceSpec, domain: DomainSpec) -> str:
    """The cursor of a record whose values in this order are `keys`."""
    types, digest = _types(sort, spec, domain), _digest(sort, spec)
    values = [kind.dump(value) for kind, value in zip(types, keys, strict=True)]
    text = _packed([digest, *values])
    return text if len(text) <= LONGEST else _packed([BY_KEY + digest, values[_place_of_key(sort, spec)]])


def decode_cursor(
    text: str, sort: Sequence[Sort], spec: ResourceSpec, domain: DomainSpec, *, path: Path = ("after",)
) -> Place:
    """The values a cursor carries; raises Invalid when it is not one of this order."""
    found, values = _unpacked(text, path)
    types, digest = _types(sort, spec, domain), _digest(sort, spec)
    if found not in (digest, BY_KEY + digest):
        says = "this cursor belongs to another list or another order"
        raise Invalid(says, code="bad_cursor", path=path, hint="keep `sort` as it was when the cursor was given")
    if found != digest:
        types = [spec.key.type]
    if len(values) != len(types):
        raise _garbage(path)
    cast = [(None, ()) if v is None else cast_operand(v, kind, path) for kind, v in zip(types, values, strict=True)]
    if any(issues for _, issues in cast):
        raise _garbage(path)
    keys = tuple(value for value, _ in cast)
    return keys if found == digest else SeenRecord(*keys)


def _packed(content: list[object]) -> str:
    return urlsafe_b64encode(orjson.dumps(content)).rstrip(b"=").decode()


def _unpacked(text: str, path: Path) -> tuple[object, list[object]]:
    try:
        packed = text.encode("ascii")
        content = orjson.loads(urlsafe_b64decode(packed + b"=" * (-len(packed) % 4)))
    except (UnicodeEncodeError, binascii.Error, orjson.JSONDecodeError):
        raise _garbage(path) from None
    if not isinstance(content, list) or not content:
        raise _garbage(path)
    return content[0], content[1:]


def _garbage(path: Path) -> Invalid:
    return Invalid("this is not a cursor", code="bad_cursor", path=path, hint="use a cursor as it was given")


def _place_of_key(sort: Sequence[Sort], spec: ResourceSpec) -> int:
    return [item.path for item in full_sort(Query(sort=tuple(sort)), spec)].index((spec.key.name,))


def _types(sort: Sequence[Sort], spec: ResourceSpec, domain: DomainSpec) -> list[Type]:
    order, inference = full_sort(Query(sort=tuple(sort)), spec), Inference(domain)
    return [inference.infer(along(*item.path), (spec,)).type or UNKNOWN for item in order]


def _digest(sort: Sequence[Sort], spec: ResourceSpec) -> str:
    order = ",".join(("-" if item.descending else "") + ".".join(item.path) for item in sort)
    return hashlib.sha256(f"{spec.name}:{order}".encode()).hexdigest()[:8]
