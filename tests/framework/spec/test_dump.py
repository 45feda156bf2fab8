from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from framework.compiler.domain import Domain, compile_domain
from framework.declare.actions import Action, Create, Job, Read, Update, argument
from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.derived import count
from framework.declare.machine import state_machine
from framework.declare.policies import allow
from framework.declare.policies import field as field_policy
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.rules import check, identity, index
from framework.declare.verbs import verb
from framework.expr.build import actor, node_of
from framework.expr.nodes import TRUE
from framework.spec.action import ActionKind, Scope
from framework.spec.attribute import Default
from framework.spec.dump import FORMAT, dump_domain
from framework.spec.dump_values import dump_default, dump_node, dump_type, plain
from framework.types.resolve import Vector, resolve
from framework.types.type import Limits


class State(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Budget(BaseModel):
    calls: int = 5


@dataclass(frozen=True)
class Shelf:
    """What an extension was told."""

    path: str
    kind: type = Budget
    secret: str = field(default="x", repr=False)


class Note(Resource):
    """A remark."""

    sections = (Shelf("notes"),)

    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute(max_length=80)
    budget: Attr[Budget] = attribute(default_factory=Budget, private=True)
    created_at: Attr[datetime] = created_at()
    state: Attr[State] = state_machine(State.OPEN, close=(State.OPEN, State.CLOSED))
    parent: One[Note | None] = belongs_to()
    replies: Many[Note] = has_many()
    reply_count: Attr[int] = count(replies, where=lambda r: r.title != "")

    write = Create(accept=[title, parent], arguments={"times": argument(int, default=1)}, doc="Writes one.")
    close = Update()
    browse = Read(where=title != "")
    ask = Action(verb("notes.ask"), returns=str, scope=Scope.RESOURCE)
    sweep = Job(verb("notes.sweep"), scope=Scope.RESOURCE, every=60, progress=Budget)

    one_title = identity(title, where=state == State.OPEN, message="taken")
    said = check(title != "")
    by_title = index(title.desc())


def dumped() -> dict[str, Any]:
    return dump_domain(compile_domain(Domain("notes", [Note], after_migrate=[verb("notes.seed")])))


def test_a_dump_is_json_and_the_same_each_time() -> None:
    first = json.dumps(dumped())
    assert first == json.dumps(dumped())
    assert json.loads(first) == dumped()
    assert __file__ not in first


def test_a_dump_says_which_format_it_has() -> None:
    dump = dumped()
    assert (dump["format"], dump["domain"], dump["after_migrate"]) == (FORMAT, "notes", ["notes.seed:seed"])
    (note,) = dump["resources"]
    assert (note["name"], note["doc"], note["stored"]) == ("Note", "A remark.", True)


def named(part: str) -> dict[str, Any]:
    return {item["name"]: item for item in dumped()["resources"][0][part]}


def test_values_are_dumped_with_what_was_said_and_implied() -> None:
    attributes = named("attributes")
    assert list(attributes) == ["id", "title", "budget", "created_at", "state", "parent_id"]
    assert attributes["title"] == {
        "name": "title",
        "type": {"kind": "string", "limits": {"max_length": 80}},
        "doc": "",
        "primary_key": False,
        "origin": "given",
        "required": True,
        "default": None,
        "computed": None,
        "visibility": "public",
        "sensitive": False,
    }
    assert attributes["id"]["default"] == {"made_by": "framework.identifiers:uuid7"}
    assert attributes["budget"]["visibility"] == "private"
    assert attributes["state"]["default"] == {"value": "open"}
    assert attributes["parent_id"]["type"] == {"kind": "uuid", "nullable": True}
    (derived,) = named("derived").values()
    assert derived["expression"] == {
        "aggregate": {
            "fold": "count",
            "link": "replies",
            "of": None,
            "where": {"compare": {"op": "ne", "left": {"ref": {"name": "title"}}, "right": {"value": {"value": ""}}}},
            "sort": [],
        }
    }


def test_links_and_rules_are_dumped() -> None:
    links = named("relationships")
    assert (links["parent"]["attribute"], links["parent"]["on_delete"]) == ("parent_id", "restrict")
    assert (links["replies"]["target_attribute"], links["replies"]["inverse"]) == ("parent_id", "parent")
    assert links["replies"]["on_delete"] is None
    (note,) = dumped()["resources"]
    assert note["identities"][0]["message"] == "taken"
    assert note["checks"][0]["condition"]["compare"]["op"] == "ne"
    assert note["indexes"] == [
        {
            "attributes": ["-title"],
            "parts": [{"expression": {"ref": {"name": "title"}}, "descending": True}],
            "kind": "btree",
            "include": [],
            "operators": None,
            "options": {},
            "where": None,
        }
    ]
    assert note["state_machine"]["moves"] == {"close": {"from": ["open"], "to": "closed"}}


def test_actions_are_dumped_as_callers_know_them() -> None:
    actions = named("actions")
    assert actions["write"]["accept"] == ["title", "parent_id"]
    assert actions["write"]["arguments"] == [
        {"name": "times", "type": {"kind": "integer"}, "doc": "", "default": {"value": 1}, "sensitive": False}
    ]
    assert actions["close"]["move"] == "closed"
    assert actions["browse"]["pagination"] == {"paging": "keyset", "default": 50, "maximum": 500}
    assert actions["write"]["pagination"] is None
    assert (actions["ask"]["run"], actions["ask"]["returns"]) == ("notes.ask:ask", {"kind": "string"})
    assert actions["sweep"]["job"]["every"] == 60
    assert actions["sweep"]["job"]["progress"]["schema"]["properties"] == {
        "calls": {"default": 5, "title": "Calls", "type": "integer"}
    }


def test_sections_are_dumped_without_what_their_repr_hides() -> None:
    (note,) = dumped()["resources"]
    assert note["sections"] == {"Shelf": {"path": "notes", "kind": f"{__name__}:Budget"}}


@pytest.mark.parametrize(
    ("annotation", "dump"),
    [
        (str | None, {"kind": "string", "nullable": True}),
        (State, {"kind": "enum", "name": "State", "choices": ["open", "closed"]}),
        (list[int], {"kind": "list", "item": {"kind": "integer"}}),
    ],
)
def test_a_type_is_dumped_as_it_was_said(annotation: Any, dump: dict[str, Any]) -> None:
    assert dump_type(resolve(annotation)) == dump


def test_limits_and_dimensions_of_a_type_are_dumped() -> None:
    assert dump_type(resolve(timedelta, Limits(ge=timedelta(seconds=2)))) == {
        "kind": "duration",
        "limits": {"ge": 2.0},
    }
    assert dump_type(resolve(Vector, dimensions=3)) == {"kind": "vector", "dimensions": 3}


def test_nothing_is_dumped_of_nothing() -> None:
    assert (dump_type(None), dump_default(None), dump_node(None), dump_default(Default())) == (None,) * 4


@pytest.mark.parametrize(
    ("value", "dump"),
    [
        (State.OPEN, "open"),
        (UUID(int=0), "00000000-0000-0000-0000-000000000000"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00"),
        (frozenset({"b", "a"}), ["a", "b"]),
        (Budget(), {"calls": 5}),
        ({"a": (1, None)}, {"a": [1, None]}),
    ],
)
def test_any_value_has_a_plain_form(value: Any, dump: Any) -> None:
    assert plain(value) == dump


def test_who_may_is_told_where_it_was_said() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        browse = Read()
        bin = Read(past=["titled"])
        policies = [
            allow(ActionKind.READ).because("notes are shared"),
            field_policy(title).readable_when(actor("role") == "lead"),
        ]
        base = {"titled": title != ""}

    domain = compile_domain(Domain("notes", [Note]))
    dumped = dump_domain(domain)["resources"][0]
    assert dumped["policies"] == [
        {
            "effect": "allow",
            "actions": [],
            "kinds": ["read"],
            "when": dump_node(TRUE),
            "because": "notes are shared",
        }
    ]
    assert [said["name"] for said in dumped["field_policies"]] == ["title"]
    assert dumped["base"] == {"titled": dump_node(node_of(Note.title != ""))}
    assert [action.get("past") for action in dumped["actions"]] == [None, ["titled"]]
