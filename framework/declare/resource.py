"""A resource class: its body declares, its instances are records as they were read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import getattr_static
from reprlib import Repr
from typing import TYPE_CHECKING, Any, ClassVar, Self

from framework.declare.policies import Condition, Policy
from framework.declare.scope import Scope, scope_of
from framework.declare.tenancy import TenancyOptions
from framework.errors import Source
from framework.suggest import did_you_mean

NO_FILTERS: Mapping[str, Condition] = {}
SHORT = Repr()
SHORT.maxstring = SHORT.maxother = 60


class NotLoaded(LookupError):
    """The value was not asked for when the record was read; nothing is loaded behind the caller's back."""


class Resource:
    """What a thing is and what may be done with it.

    Declaring has no effect: no table, registry or schema changes until a domain is compiled. ActionOptions of
    extensions go in `sections`. `stored` is False for a resource that is only actions. `renamed_from` is the name that
    the resource had before, so that a migration keeps its records; `dropped` names the attributes and links that are
    declared no longer, and may go with all they hold. `policies` are the rules of who may do what, and `base` the
    conditions by name that every reading is held to, except by a `Read(past=[…])`. `tenancy` says whose records they
    are, where they belong to tenants.
    """

    sections: ClassVar[tuple[object, ...]] = ()
    stored: ClassVar[bool] = True
    renamed_from: ClassVar[str | None] = None
    dropped: ClassVar[Sequence[str]] = ()
    policies: ClassVar[Sequence[Policy]] = ()
    base: ClassVar[Mapping[str, Condition]] = NO_FILTERS
    tenancy: ClassVar[TenancyOptions | None] = None
    __scope__: ClassVar[Scope] = Scope(Source(__file__, 0))

    __slots__ = ("_values",)
    _values: Mapping[str, Any]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.__scope__ = scope_of(cls)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """A record holding these values, by name."""
        record = object.__new__(cls)
        object.__setattr__(record, "_values", dict(values))
        return record

    def __getitem__(self, name: str) -> Any:
        """A loaded value by name; raises NotLoaded with what to do."""
        try:
            return self._values[name]
        except KeyError:
            raise NotLoaded(
                f"`{type(self).__name__}.{name}` was not loaded: select it, or load it, in the query"
            ) from None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a record is not changed in place: call an action of `{type(self).__name__}`")

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._values == getattr(other, "_values", None)

    __hash__ = None  # type: ignore[assignment]  # a record is its values, and those may be unhashable

    def __repr__(self) -> str:
        names = sorted(self._values, key=lambda name: not _said(type(self), name, "primary_key"))
        return f"{type(self).__name__}({', '.join(f'{name}={self._shown(name)}' for name in names)})"

    def _shown(self, name: str) -> str:
        """A value as it is printed: sensitive ones never, long ones and related records in short."""
        value = self._values[name]
        if _said(type(self), name, "sensitive"):
            return "…"
        if isinstance(value, list) and any(isinstance(item, Resource) for item in value):
            return f"[{len(value)} records]"
        return f"{type(value).__name__}(…)" if isinstance(value, Resource) else SHORT.repr(value)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(name)
            hint = did_you_mean(name, (known for known in dir(type(self)) if not known.startswith("_")))
            raise AttributeError(f"`{type(self).__name__}` has no `{name}`" + (f" ({hint})" if hint else ""))

    @classmethod
    def implied(cls) -> Mapping[str, object]:
        """ActionOptions that follow from others of the class, for a kind of resource that derives some: name → word."""
        return {}

    def loaded(self) -> Mapping[str, Any]:
        """Every loaded value by name."""
        return self._values

    def having(self, values: Mapping[str, Any]) -> Self:
        """The same record with more values loaded."""
        return type(self).of({**self._values, **values})


def _said(record: type, name: str, word: str) -> bool:
    """Whether the declaration of a value says this of it."""
    return bool(getattr(getattr(getattr_static(record, name, None), "options", None), word, False))
