from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from pydantic import BaseModel

from framework.declare.actions import Action, Create, Destroy, Job, Read, Update, argument, keyset
from framework.declare.attributes import Attr, primary_key
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.spec.action import RetrySpec, Scope

Problems = Callable[..., list[str]]
DO = verb("a.b")


class Progress(BaseModel):
    done: int


def test_what_is_not_stored_has_no_records(problems: Problems) -> None:
    class Tool(Resource):
        stored = False
        browse = Read()
        write = Create()
        change = Update()
        remove = Destroy()
        ask = Action(DO)
        run = Job(DO)
        fine = Action(DO, scope=Scope.RESOURCE)

    assert problems(Tool) == [
        "`Tool.browse`: `Tool` is not stored, so there are no records to read",
        "`Tool.write`: `Tool` is not stored, so there are no records to create",
        "`Tool.change`: `Tool` is not stored, so there are no records to update",
        "`Tool.remove`: `Tool` is not stored, so there are no records to destroy",
        "`Tool.ask.scope`: `Tool` is not stored, so this is about no record (say `scope=Scope.RESOURCE`)",
        "`Tool.run.scope`: `Tool` is not stored, so this is about no record (say `scope=Scope.RESOURCE`)",
    ]


def test_a_page_holds_at_least_one_record_and_at_most_the_maximum(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        none = Read(paginate=keyset(default=0))
        more = Read(paginate=keyset(default=10, maximum=5))

    assert problems(Note) == [
        "`Note.none.paginate`: a page of 0 is not between 1 and the maximum, 500",
        "`Note.more.paginate`: a page of 10 is not between 1 and the maximum, 5",
    ]


def test_a_job_can_be_scheduled_tried_and_told_of(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        lost = Update()
        fine = Job(DO, scope=Scope.RESOURCE, every=60, progress=Progress, arguments={"n": argument(int, default=1)})
        told = Job(DO, on_failed="lost", on_cancelled="losst")
        nobody = Job(DO, scope=Scope.RESOURCE, on_failed="lost")
        held = Job(DO, on_paused="lost")
        late = Job(DO, on_paused="lost", on_resumed="loost")
        often = Job(DO, every=0)
        given = Job(DO, scope=Scope.RESOURCE, every=1, arguments={"n": argument(int), "m": argument(int | None)})
        never = Job(DO, retry=RetrySpec(attempts=0), progress=int)
        both = Job(DO, scope=Scope.RESOURCE, every=1, cron="0 25 * * *")
        lax = Job(DO, scope=Scope.RESOURCE, cron="0 3 * * *", missed="twice")  # type: ignore[arg-type]  # that is told
        idle = Job(DO, missed="skip")
        wild = Job(DO, while_live="merge")  # type: ignore[arg-type]  # that is told

    assert problems(Note) == [
        "`Note.told.on_cancelled`: `losst` is not an update action (did you mean `lost`?)",
        "`Note.nobody.on_failed`: a job about the whole resource has no record to tell",
        "`Note.held.on_paused`: nobody tells the record that the job goes on (say `on_resumed` too)",
        "`Note.late.on_resumed`: `loost` is not an update action (did you mean `lost`?)",
        "`Note.often.every`: is a number of seconds above 0",
        "`Note.often.every`: nobody says which record a scheduled job is about (say `scope=Scope.RESOURCE`)",
        "`Note.given.every`: nobody gives a scheduled job its `n` (give a default)",
        "`Note.never.progress`: is not a Pydantic model",
        "`Note.never.retry`: a job is tried at least once (say `attempts=1` for no second try)",
        "`Note.both.cron`: it repeats by `every` or by `cron` (leave out one of them)",
        "`Note.both.cron`: `25` is no hour: 0 to 23",
        "`Note.lax.missed`: is `once` or `skip`",
        "`Note.idle.missed`: a job that does not repeat by itself misses nothing (say `every` or `cron`)",
        "`Note.wild.while_live`: is `join`, `follow` or `queue`",
    ]


def test_only_a_write_can_be_quiet(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        browse = Read(quiet=True)
        ask = Action(DO, quiet=True)
        run = Job(DO, quiet=True)
        write = Create(quiet=True)

    assert problems(Note) == [
        "`Note.browse.quiet`: a read action leaves no event of its own (leave out `quiet=True`)",
        "`Note.ask.quiet`: a generic action leaves no event of its own (leave out `quiet=True`)",
        "`Note.run.quiet`: whoever waits for a job goes by its events (leave out `quiet=True`)",
    ]
