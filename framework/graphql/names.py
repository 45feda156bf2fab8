"""The names that only GraphQL needs, made of those that `framework.naming` gives."""

from __future__ import annotations

from framework.graphql.section import Graphql
from framework.naming import camel, collection_field, mutation_field, pascal, record_field, snake, table_name
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.resource import ResourceSpec

CAN, VIEWER_CAN = "viewerCan", "ViewerCan"


def called_as_function(spec: ResourceSpec, action: ActionSpec) -> str | None:
    """The field of an action that its resource's section renamed, or None."""
    section = spec.sections.get(Graphql)
    named = section.mutation if isinstance(section, Graphql) else None
    return named if named and action.kind is ActionKind.GENERIC else None


def action_field(spec: ResourceSpec, action: ActionSpec) -> str:
    """The mutation of an action: `renameProgram`."""
    return called_as_function(spec, action) or mutation_field(spec.name, action.name)


def bulk_field(spec: ResourceSpec, action: ActionSpec) -> str:
    """The mutation that makes many: `createPrograms`."""
    return camel(f"{snake(action.name)}_{table_name(spec.name)}")


def read_field(spec: ResourceSpec, action: ActionSpec) -> str:
    """The query of a read: `programs` for the first one declared, `latestPrograms` for another."""
    if spec.reader is action:
        return collection_field(spec.name)
    return camel(f"{snake(action.name)}_{table_name(spec.name)}")


def permitted_field(spec: ResourceSpec, action: ActionSpec) -> str:
    """The field that an action about no record is called by, which also says whether one may."""
    return read_field(spec, action) if action.kind is ActionKind.READ else action_field(spec, action)


def permissions_type(spec: ResourceSpec) -> str:
    """`Program` → `ProgramViewerCan`."""
    return f"{spec.name}ViewerCan"


def history_field(spec: ResourceSpec) -> str:
    """The query of what was done to one: `programHistory`."""
    return camel(f"{record_field(spec.name)}_history")


def changed_field(spec: ResourceSpec) -> str:
    """The subscription to changes: `programChanged`."""
    return camel(f"{record_field(spec.name)}_changed")


def reporting(spec: ResourceSpec) -> list[ActionSpec]:
    """The jobs on records of a resource that report progress."""
    return [action for action in spec.actions.values() if action.job and action.job.progress and action.needs_record]


def progress_field(spec: ResourceSpec, job: ActionSpec) -> str:
    """The subscription to the progress of a job: `optimizationProgress`; a second job says its name too."""
    named = () if reporting(spec)[0] is job else (job.name,)
    return camel("_".join([snake(spec.name), *named, "progress"]))


def input_type(field: str) -> str:
    """`renameProgram` → `RenameProgramInput`."""
    return f"{pascal(field)}Input"


def payload_type(field: str) -> str:
    """`renameProgram` → `RenameProgramPayload`."""
    return f"{pascal(field)}Payload"


def enum_type(owner: str, field: str) -> str:
    """The enum of a Literal: `Ticket`, `team` → `TicketTeam`."""
    return f"{owner}{pascal(field)}"


def key_field(spec: ResourceSpec) -> str:
    """The field of a payload that holds the record: `program`."""
    return record_field(spec.name)
