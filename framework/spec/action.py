"""A verb of a resource: what it takes, what it does, what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from framework.errors import Source
from framework.expr.nodes import Node
from framework.spec.attribute import Default, IndexPart, Visibility
from framework.types.type import Type


class ActionKind(StrEnum):
    """What an action does with records; GENERIC does as its verb says, JOB does so in the background."""

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    DESTROY = "destroy"
    GENERIC = "generic"
    JOB = "job"


WRITES = frozenset({ActionKind.CREATE, ActionKind.UPDATE, ActionKind.DESTROY})
ON_RECORDS = frozenset({ActionKind.UPDATE, ActionKind.DESTROY})


class Paging(StrEnum):
    """How a read is cut into pages: by the last record seen, or by a number of records to pass over."""

    KEYSET = "keyset"
    OFFSET = "offset"


class Scope(StrEnum):
    """What a generic action is about: one record, or the resource as a whole."""

    RECORD = "record"
    RESOURCE = "resource"


@dataclass(frozen=True, slots=True)
class Pagination:
    """How many records a page holds when nothing is said, and at most."""

    paging: Paging = Paging.KEYSET
    default: int = 50
    maximum: int = 500


@dataclass(frozen=True, slots=True)
class ArgumentSpec:
    """A typed input of an action that is not an attribute."""

    name: str
    type: Type
    default: Default | None = None
    doc: str = ""
    sensitive: bool = False

    @property
    def required(self) -> bool:
        """Whether a call has to give it."""
        return self.default is None and not self.type.nullable


@dataclass(frozen=True, slots=True)
class VerbRef:
    """A function by its import path, loaded only by the process that runs it: `package.module:function`."""

    module: str
    function: str

    def __str__(self) -> str:
        return f"{self.module}:{self.function}"


class Step(Protocol):
    """A change or a validation: a small value that describes itself."""

    def says(self) -> str:
        """What the step does, in words."""
        ...


@dataclass(frozen=True, slots=True)
class TransitionSpec:
    """A move of the state machine: allowed from these states, to that one."""

    attribute: str
    sources: tuple[str, ...]
    target: str


@dataclass(frozen=True, slots=True)
class StateMachineSpec:
    """The states of one attribute, the first of them, and the moves by the name of the action that makes them.

    `indexed` is whether an index finds the records in a live state.
    """

    attribute: str
    initial: str
    states: tuple[str, ...]
    transitions: Mapping[str, TransitionSpec]
    indexed: bool = True

    @property
    def live(self) -> tuple[str, ...]:
        """The states that some move leads out of; a record in any other stays as it is."""
        left = {state for move in self.transitions.values() for state in move.sources}
        return tuple(state for state in self.states if state in left)


@dataclass(frozen=True, slots=True)
class RetrySpec:
    """How many attempts without progress a job has, and the pause before try n of those: `base · 2^(n-2)` seconds, at
    most `ceiling`."""

    attempts: int = 5
    base: float = 1.0
    ceiling: float = 300.0


@dataclass(frozen=True, slots=True)
class JobSpec:
    """How an action runs in the background.

    `progress` types what it reports. `on_failed`, `on_cancelled`, `on_paused` and `on_resumed` name the update actions
    that tell its record.
    `while_live` says what becomes of a wish for a job that is live already: `join`, `follow` or `queue`. `every`
    (seconds) or `cron` repeats it, only for Scope.RESOURCE; what was `missed` is made up for `once`, or is left out
    (`skip`). Those of one queue that differ in `fair_by`, an attribute of the record, come by turns.
    """

    queue: str
    progress: Type | None = None
    retry: RetrySpec = RetrySpec()
    on_failed: str | None = None
    on_cancelled: str | None = None
    on_paused: str | None = None
    on_resumed: str | None = None
    while_live: str = "join"
    every: float | None = None
    cron: str | None = None
    missed: str = "once"
    fair_by: str | None = None

    @property
    def told(self) -> Mapping[str, str]:
        """The actions that tell its record, by the word that names them."""
        words = ("on_failed", "on_cancelled", "on_paused", "on_resumed")
        return {word: name for word in words if (name := getattr(self, word)) is not None}

    @property
    def schedule(self) -> str | None:
        """How often it repeats by itself, in words; None when it does not."""
        if self.cron is not None:
            return f"cron {self.cron}"
        return None if self.every is None else f"every {self.every:g} seconds"


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """A named action. `accept` lists attributes it takes as they are; `arguments` what it takes besides.

    `steps` run in the order declared. `filter` narrows a READ, `orders` are those that it is usually asked for in, and
    `indexed` is whether indexes serve its lists. `returns` types what a GENERIC action gives
    (None: nothing). `scope` says whether a GENERIC or JOB action is about one record. A `quiet` write leaves no event;
    that of an `audited` one says what the record was before.
    `past` are the base filters that a READ is not held to.
    """

    name: str
    resource: str
    kind: ActionKind
    source: Source
    doc: str = ""
    accept: tuple[str, ...] = ()
    arguments: Mapping[str, ArgumentSpec] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    transition: TransitionSpec | None = None
    pagination: Pagination = Pagination()
    filter: Node | None = None
    orders: tuple[tuple[IndexPart, ...], ...] = ()
    indexed: bool = True
    returns: Type | None = None
    run: VerbRef | None = None
    scope: Scope = Scope.RECORD
    job: JobSpec | None = None
    visibility: Visibility = Visibility.PUBLIC
    quiet: bool = False
    audited: bool = False
    past: tuple[str, ...] = ()

    @property
    def public(self) -> bool:
        """Whether transports offer it."""
        return self.visibility is Visibility.PUBLIC and self.kind is not ActionKind.JOB

    @property
    def writes(self) -> bool:
        """Whether it changes stored records itself."""
        return self.kind in WRITES

    @property
    def about_records(self) -> bool:
        """Whether it finds, makes or is called on records: what may be asked of them decides who may."""
        return self.kind in (ActionKind.READ, ActionKind.CREATE) or self.needs_record

    @property
    def needs_record(self) -> bool:
        """Whether it is called on an existing record."""
        return self.kind in ON_RECORDS or (
            self.kind in (ActionKind.GENERIC, ActionKind.JOB) and self.scope is Scope.RECORD
        )
