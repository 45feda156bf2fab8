"""Every public action of the platform, called so that next to nothing comes of it.

Where a record is there already the input is wrong, so that whoever may is told what is wrong with it, and nothing
happens; where a record is to be made it is right, as what is made decides who may.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.installation.answer import Answer, Asked, Client
from tests.installation.making import EXACT, TEXT, unique
from tests.resources.accounts.matrix.places import Place

REFUSED = {"forbidden": "forbidden", "not_found": "hidden", "no_such_record": "hidden", "unauthenticated": "nobody"}
YES = "yes"


def _nothing(_: Place) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Call:
    """One action: on the record of the resource in a place, or on none; `elsewhere` is whether places differ for it."""

    action: str
    given: Callable[[Place], Mapping[str, Any]] = _nothing
    on_record: bool = True
    elsewhere: bool = True
    reads: bool = False

    async def outcome(self, client: Client, place: Place) -> str:
        """What whoever asks is told of it, in a word."""
        resource = self.action.partition(".")[0]
        if self.reads:
            return await _listed(client, resource, place)
        id = place[resource] if self.on_record else None  # noqa: A001 - what it is
        return told(await client.act(self.action, id, **self.given(place)))


def told(answer: Answer) -> str:
    """Whether it is refused, and how; whatever else is wrong with it is said to those who may."""
    found = {REFUSED[fault.code] for fault in answer.faults if fault.code in REFUSED}
    assert len(found) <= 1, answer.faults
    return next(iter(found), YES)


async def _listed(client: Client, resource: str, place: Place) -> str:
    """Whether the record of this place is in the list of all."""
    id = place.get(resource)  # noqa: A001
    answer = await client.list(resource, Asked(filter=None if id is None else {"id": {"eq": str(id)}}, limit=1))
    if answer.faults:
        return told(answer)
    return YES if id is None or answer.value["items"] else "hidden"


def _wrong(**given: Any) -> Callable[[Place], Mapping[str, Any]]:
    return lambda _: given


def _named(key: str = "name", **more: Any) -> Callable[[Place], Mapping[str, Any]]:
    return lambda place: {"project_id": place["Project"], key: unique("made"), **more}


def _a_program(place: Place) -> Mapping[str, Any]:
    return {**_named("slug")(place), "name": "P", "signature_id": place["Signature"]}


def _subject(place: Place) -> Mapping[str, Any]:
    return {"program_id": place["Program"], "dataset_id": place["Dataset"], "metric_id": place["Metric"]}


def _a_search(place: Place) -> Mapping[str, Any]:
    return {**_subject(place), "optimizer": "labeled_few_shot"}


READ = (
    "Project", "User", "Membership", "ApiKey", "LanguageModel", "Signature", "Program", "ProgramVersion", "Dataset",
    "Example", "Execution", "Metric", "Evaluation", "Optimization", "Trial", "Job",
)  # fmt: skip
OF_NO_PROJECT = ("Event", "JobSchedule", "Refusal", "RetentionRule")
CALLS = (
    *(Call(f"{name}.browse", reads=True) for name in READ),
    *(
        Call(f"{name}.browse", reads=True, elsewhere=False)
        for name in ("Event", "JobSchedule", "Refusal", "RetentionRule")
    ),
    Call("Project.create", _wrong(slug="Not a slug", name=""), on_record=False, elsewhere=False),
    Call("Project.update", _wrong(name="")),
    Call("ApiKey.issue", _wrong(name="x", scopes=["nonsense"]), on_record=False, elsewhere=False),
    Call("LanguageModel.create", _named(provider="offline", model="in-context"), on_record=False),
    Call("LanguageModel.update", _wrong(timeout_seconds=0)),
    Call("Signature.create", _named(text=TEXT), on_record=False),
    Call("Program.create", _a_program, on_record=False),
    Call("Program.update", _wrong(name="")),
    Call("Program.promote", _wrong(number=0)),
    Call("Program.import", _wrong(state={})),
    Call("Program.swap_parts", _wrong(parts=[], from_version=1)),
    Call("ProgramVersion.export"),
    Call("Program.execute", _wrong(inputs={})),
    Call("Dataset.create", _named(), on_record=False),
    Call("Dataset.update", _wrong(name="")),
    # It has held examples, which is told to those who may remove one that has not.
    Call("Dataset.remove"),
    Call("Dataset.import_examples", _wrong(content="this is no JSON")),
    Call("Metric.create", _named(definition=EXACT), on_record=False),
    Call("Evaluation.start", _subject, on_record=False),
    Call("Optimization.start", _a_search, on_record=False),
    # These have ended, so there is nothing to stop or to go on with.
    *(Call(f"{name}.{verb}") for name in ("Evaluation", "Optimization") for verb in ("cancel", "pause", "resume")),
    *(Call(f"Job.{verb}") for verb in ("cancel", "pause", "resume", "retry")),
    # A declared program is one of the first project, which nobody here is a member of; that is asked once it is called.
    Call("RouteTicket.execute", _wrong(ticket="We were charged twice"), on_record=False, elsewhere=False),
)
