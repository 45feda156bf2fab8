"""What most tests begin with: a signature, a program, a data set and a metric of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.installation.answer import Client
from tests.installation.tickets import tickets

TEXT = "ticket: str -> team: Literal['billing', 'technical', 'account'], confidence: Probability"
EXACT = {"kind": "exact", "fields": [{"name": "team"}]}


def unique(word: str) -> str:
    """A name that nobody else has taken."""
    return f"{word}-{uuid4().hex[:12]}"


@dataclass(frozen=True, slots=True)
class Subject:
    """Everything that a run needs, by id."""

    program: str
    dataset: str
    metric: str

    @property
    def inputs(self) -> dict[str, str]:
        """The same as inputs of `start`."""
        return {"program_id": self.program, "dataset_id": self.dataset, "metric_id": self.metric}


async def a_signature(client: Client, text: str = TEXT, **more: Any) -> Any:
    """A signature."""
    return (await client.act("Signature.create", name=unique("triage"), text=text, **more)).made


async def a_program(client: Client, text: str = TEXT, **more: Any) -> Any:
    """A program over a signature of its own."""
    signature = await a_signature(client, text)
    given = {"slug": unique("triage"), "name": "Triage", "signature_id": signature["id"], **more}
    return (await client.act("Program.create", **given)).made


async def a_dataset(client: Client, content: str | None = None, **more: Any) -> Any:
    """A data set with examples in it, unless there are to be none."""
    dataset = (await client.act("Dataset.create", name=unique("tickets"), **more)).made
    if content != "":
        (await client.act("Dataset.import_examples", dataset["id"], content=content or tickets())).made  # noqa: B018
    return dataset


async def a_metric(client: Client, definition: Any = EXACT) -> Any:
    """A metric."""
    return (await client.act("Metric.create", name=unique("metric"), definition=definition)).made


async def a_subject(client: Client, content: str | None = None, **program: Any) -> Subject:
    """A program, data to judge it on, and a way to judge."""
    made = await a_program(client, **program)
    dataset, metric = await a_dataset(client, content), await a_metric(client)
    return Subject(made["id"], dataset["id"], metric["id"])
