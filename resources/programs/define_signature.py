"""What a new signature is made of: its text or JSON parsed, its schemas derived, its version counted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from framework.actions.changeset import Changeset
from framework.actions.session import Session
from framework.actions.step import Change
from framework.context import Context
from framework.data.selection import Lock, Ordering, Selection
from framework.errors import Invalid
from framework.expr.nodes import Among, Ref, equals
from framework.lm.payloads.payloads import input_model, output_model
from framework.lm.signatures.definition import SignatureDefinition
from framework.lm.signatures.formatting import format_signature
from framework.lm.signatures.grammar import parse_signature
from framework.lm.signatures.interchange import digest, from_json, to_json


@dataclass(frozen=True, slots=True)
class DefineSignature(Change):
    """Parses the signature, and gives it the next version under its name."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        """Every mistake in the text is reported with its place."""
        return [_defined(changeset) for changeset in changesets]

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        """Those who define in one project at the same time follow each other, so that each counts on."""
        await _hold({changeset.value("project_id") for changeset in changesets}, session)
        numbered: list[Changeset] = []
        taken: dict[tuple[object, object], int] = {}
        for changeset in changesets:
            name = (changeset.value("project_id"), changeset.value("name"))
            taken[name] = taken.get(name) or await _last_version(changeset, session)
            taken[name] += 1
            numbered.append(changeset.setting(version=taken[name]))
        return numbered


def define_signature() -> DefineSignature:
    """Parses and numbers the signature."""
    return DefineSignature()


def _defined(changeset: Changeset) -> Changeset:
    text, data = changeset.arguments.get("text"), changeset.arguments.get("definition")
    if (text is None) == (data is None):
        return changeset.refused("missing", "give either `text` or `definition`", "text").setting(version=0)
    try:
        parsed = _parsed(text, data, str(changeset.value("instructions") or ""))
    except Invalid as failure:
        inside = "text" if text is not None else "definition"
        return changeset.wrong(*(issue.under(inside) for issue in failure.issues)).setting(version=0)
    return changeset.setting(
        text=format_signature(parsed),
        instructions=parsed.instructions,
        definition=to_json(parsed),
        input_schema=input_model(parsed).model_json_schema(),
        output_schema=output_model(parsed).model_json_schema(),
        digest=digest(parsed),
        version=0,
    )


def _parsed(text: str | None, data: object, instructions: str) -> SignatureDefinition:
    if text is not None:
        return parse_signature(text, instructions=instructions)
    read = from_json(data)
    return read.with_instructions(instructions) if instructions else read


async def _hold(projects: Collection[object], session: Session) -> None:
    """Locks the projects until the transaction ends."""
    mine = Among(Ref("id"), tuple(projects))
    in_order = (Ordering(Ref("id")),)
    await session.writer.read(Selection(session.domain.resources["Project"], ("id",), mine, in_order, lock=Lock.UPDATE))


async def _last_version(changeset: Changeset, session: Session) -> int:
    where = equals(project_id=changeset.value("project_id"), name=changeset.value("name"))
    newest = (Ordering(Ref("version"), descending=True),)
    rows = await session.writer.read(Selection(changeset.resource, ("version",), where, newest, limit=1))
    return int(rows[0]["version"]) if rows else 0
