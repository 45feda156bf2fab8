"""Actions: the only door to data, each named for what it is meant to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from keyword import iskeyword
from typing import Any, ClassVar, Generic, Literal, TypeVar

from framework.declare.source import here
from framework.errors import Source
from framework.expr.build import Expr
from framework.spec.action import ActionKind, Pagination, Paging, RetrySpec, Scope, Step, VerbRef
from framework.spec.attribute import ABSENT

R_co = TypeVar("R_co", covariant=True)
PAGES = Pagination()
RETRIES = RetrySpec()


def action_name(name: str) -> str:
    """The name of an action as a class says it: `import_` is `import`, a word that Python has for itself."""
    return name[:-1] if name.endswith("_") and iskeyword(name[:-1]) else name


@dataclass(frozen=True, slots=True)
class ActionRef(Generic[R_co]):
    """An action of a resource class, as calling code names it: `Note.write`."""

    record: type[R_co]
    name: str


class ReadRef(ActionRef[R_co]):
    """A read, by name."""


class CreateRef(ActionRef[R_co]):
    """A create, by name."""


class UpdateRef(ActionRef[R_co]):
    """An update, by name."""


class DestroyRef(ActionRef[R_co]):
    """A destroy, by name."""


class RunRef(ActionRef[R_co]):
    """A generic action or a job, by name."""


@dataclass(frozen=True, slots=True)
class ArgumentOptions:
    """What was said of an argument."""

    annotation: Any
    default: Any = ABSENT
    doc: str = ""
    sensitive: bool = False


def argument(annotation: Any, *, default: Any = ABSENT, doc: str = "", sensitive: bool = False) -> ArgumentOptions:
    """A typed input that is not an attribute; limits are said as `Annotated[str, Field(max_length=80)]`."""
    return ArgumentOptions(annotation, default, doc, sensitive)


def keyset(default: int = 50, maximum: int = 500) -> Pagination:
    """Pages that go on from the last record seen: steady while records come and go."""
    return Pagination(Paging.KEYSET, default, maximum)


def offset(default: int = 50, maximum: int = 500) -> Pagination:
    """Pages by number; records that come and go shift them."""
    return Pagination(Paging.OFFSET, default, maximum)


@dataclass(kw_only=True, eq=False)
class ActionOptions:
    """What every action may say."""

    kind: ClassVar[ActionKind]
    arguments: Mapping[str, ArgumentOptions] = field(default_factory=dict)
    doc: str = ""
    private: bool = False
    quiet: bool = False
    source: Source = field(default_factory=here, init=False)
    name: str = field(default="", init=False)

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = action_name(name)


@dataclass(kw_only=True, eq=False)
class Read(ActionOptions):
    """Finds records; `where` narrows what it can find.

    `orders` are those that its lists are usually asked for in, each a value or a tuple of several: `created_at.desc()`,
    or `(state, created_at.desc())` for the newest of one state. An index serves each of them, and the list itself where
    it is narrowed; with `index=False` there is none. `past` names the base filters that it is not held to.
    """

    kind = ActionKind.READ
    paginate: Pagination = PAGES
    where: Expr[bool] | None = None
    orders: Sequence[object] = ()
    index: bool = True
    past: Sequence[str] = ()

    def __get__(self, instance: object, owner: type[R_co]) -> ReadRef[R_co]:
        return ReadRef(owner, self.name)


@dataclass(kw_only=True, eq=False)
class Create(ActionOptions):
    """Makes a record of what it accepts, its defaults and its steps."""

    kind = ActionKind.CREATE
    accept: Sequence[object] = ()
    steps: Sequence[Step] = ()
    then: Step | Sequence[Step] = ()

    def __get__(self, instance: object, owner: type[R_co]) -> CreateRef[R_co]:
        return CreateRef(owner, self.name)


@dataclass(kw_only=True, eq=False)
class Update(ActionOptions):
    """Changes a record; one with the name of a transition also moves the state machine."""

    kind = ActionKind.UPDATE
    accept: Sequence[object] = ()
    steps: Sequence[Step] = ()
    then: Step | Sequence[Step] = ()

    def __get__(self, instance: object, owner: type[R_co]) -> UpdateRef[R_co]:
        return UpdateRef(owner, self.name)


@dataclass(kw_only=True, eq=False)
class Destroy(ActionOptions):
    """Deletes a record."""

    kind = ActionKind.DESTROY
    steps: Sequence[Step] = ()

    def __get__(self, instance: object, owner: type[R_co]) -> DestroyRef[R_co]:
        return DestroyRef(owner, self.name)


@dataclass(eq=False)
class Action(ActionOptions):
    """Does what its verb says, outside of any transaction, and gives back a value of `returns`."""

    kind = ActionKind.GENERIC
    run: VerbRef
    returns: Any = None
    scope: Scope = Scope.RECORD
    steps: Sequence[Step] = ()

    def __get__(self, instance: object, owner: type[R_co]) -> RunRef[R_co]:
        return RunRef(owner, self.name)


@dataclass(eq=False)
class Job(ActionOptions):
    """Does what its verb says in the background, durably; enqueued by other actions, or repeating by itself.

    `every` is a number of seconds, `cron` five fields as in crontab, in UTC. A run whose time passed while nobody
    looked is made up for `once`, however many they were, or left out (`missed="skip"`).

    Jobs of one queue that differ in `fair_by`, an attribute of their record, come by turns: whoever asks for a hundred
    keeps nobody waiting who asks for one.

    `on_failed`, `on_cancelled`, `on_paused` and `on_resumed` name updates of the record that are carried out with that.

    `while_live` says what becomes of a wish for one that is live already, for the same record with the same arguments:
    that one does for both (`join`), it does so only while it waits (`follow`), or another is queued (`queue`).
    """

    kind = ActionKind.JOB
    run: VerbRef
    queue: str = "default"
    progress: type | None = None
    retry: RetrySpec = RETRIES
    on_failed: str | None = None
    on_cancelled: str | None = None
    on_paused: str | None = None
    on_resumed: str | None = None
    scope: Scope = Scope.RECORD
    every: float | None = None
    cron: str | None = None
    missed: Literal["once", "skip"] = "once"
    while_live: Literal["join", "follow", "queue"] = "join"
    fair_by: object | None = None
    steps: Sequence[Step] = ()

    def __get__(self, instance: object, owner: type[R_co]) -> RunRef[R_co]:
        return RunRef(owner, self.name)
