"""What is decided for each call, by who asks and what the call gives."""

from __future__ import annotations

from uuid import UUID

import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.context import Actor, Context
from framework.declare.actions import Action, Create, Destroy, Read, Update
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.policies import allow, bypass, changing, field, forbid, given, group
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.expr.build import actor, node_of
from framework.expr.nodes import FALSE, TRUE, Compare, Comparison, Node, Ref, Value
from framework.policy.decisions import Decisions
from framework.spec.action import ActionKind, Scope
from framework.spec.domain import DomainSpec

ME = UUID("01900000-0000-7000-8000-000000000001")
OWNER = Context(Actor("user", str(ME)))
ADMIN = Context(Actor("user", "root", {"role": "admin"}))
LEAD = Context(Actor("user", str(ME), {"role": "lead"}))
STRANGER = Context()


class Document(Resource):
    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute()
    state: Attr[str] = attribute(default="draft")
    owner_id: Attr[UUID | None] = attribute()
    salary: Attr[int | None] = attribute()
    archived: Attr[bool] = attribute(default=False)
    pages: Many[Page] = has_many()

    browse = Read()
    bin = Read(past=["archived"])
    write = Create(accept=[title, owner_id])
    edit = Update(accept=[title, state, salary])
    destroy = Destroy()
    summary = Action(run=verb("somewhere.summary"), scope=Scope.RESOURCE)

    policies = [
        bypass(actor("role") == "admin"),
        allow(ActionKind.READ),
        allow(write).when(owner_id == actor("id")),
        allow(edit, destroy).when(owner_id == actor("id")).unless(state == "locked"),
        forbid(edit).when(changing(state, to="live")).unless(actor("role") == "lead"),
        group(when=actor("kind") == "user")[allow(summary)],
        field(salary).readable_when(owner_id == actor("id")).writable_when(actor("role") == "lead"),
    ]
    base = {"archived": ~archived}


class Page(Resource):
    id: Attr[UUID] = primary_key()
    document: One[Document] = belongs_to()
    browse = Read()
    policies = [allow().when(document.owner_id == actor("id"))]


@pytest.fixture(scope="module")
def domain() -> DomainSpec:
    return compile_domain(Domain("papers", [Document, Page]))


@pytest.fixture(scope="module")
def decisions(domain: DomainSpec) -> Decisions:
    return Decisions.of(domain)


def mine() -> Node:
    return Compare(Comparison.EQ, Ref("owner_id"), Value(ME))


def test_a_domain_without_policies_asks_nothing() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        browse = Read()

    domain = compile_domain(Domain("notes", [Note]))
    decisions = Decisions.of(domain)
    assert not decisions.asked
    assert decisions.decided(domain.action("Note", "browse"), STRANGER) == TRUE
    assert decisions.scope(STRANGER) is None


def test_what_is_decided_by_who_asks_leaves_nothing_to_ask(domain: DomainSpec, decisions: Decisions) -> None:
    edit, summary = domain.action("Document", "edit"), domain.action("Document", "summary")
    assert decisions.decided(edit, ADMIN) == TRUE
    assert decisions.decided(edit, STRANGER) == FALSE
    assert decisions.decided(summary, OWNER) == TRUE
    assert decisions.decided(summary, STRANGER) == FALSE


def test_what_is_left_is_about_the_record(domain: DomainSpec, decisions: Decisions) -> None:
    assert decisions.decided(domain.action("Document", "write"), OWNER) == mine()
    left = decisions.decided(domain.action("Document", "destroy"), OWNER)
    assert left == node_of((Document.owner_id == ME) & ~(Document.state == "locked"))


def test_what_the_call_changes_is_looked_at(domain: DomainSpec, decisions: Decisions) -> None:
    edit = domain.action("Document", "edit")
    harmless = decisions.decided(edit, OWNER, {"title": "x"})
    assert decisions.decided(edit, OWNER, {"state": "review"}) == harmless
    assert decisions.decided(edit, OWNER, {"state": "live"}) != harmless
    assert decisions.decided(edit, LEAD, {"state": "live"}) == harmless


def test_what_the_call_gives_is_looked_at() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        write = Create(accept=[title])
        policies = [allow(write).when(given("title") == "open")]

    domain = compile_domain(Domain("notes", [Note]))
    write, decisions = domain.action("Note", "write"), Decisions.of(domain)
    decided = [decisions.decided(write, STRANGER, given) for given in ({"title": "open"}, {"title": "shut"}, {})]
    assert decided == [TRUE, FALSE, FALSE]


def test_a_scope_says_what_may_be_seen(domain: DomainSpec, decisions: Decisions) -> None:
    scope = decisions.scope(OWNER)
    assert scope is not None
    assert scope.rows["Document"] == node_of(~Document.archived)
    assert scope.rows["Page"] == node_of(Page.document.owner_id == ME)
    assert scope.fields == {"Document": {"salary": mine()}}


def test_a_read_goes_past_the_base_filters_that_it_names(domain: DomainSpec, decisions: Decisions) -> None:
    scope = decisions.scope(OWNER, of=domain.action("Document", "bin"))
    assert scope is not None
    assert "Document" not in scope.rows
    assert scope.row("Document") is None


def test_a_field_is_given_by_those_who_may(domain: DomainSpec, decisions: Decisions) -> None:
    edit = domain.action("Document", "edit")
    assert decisions.writable(edit, OWNER, {"salary": 3, "title": "x"}) == {"salary": FALSE}
    assert decisions.writable(edit, LEAD, {"salary": 3}) == {}
    assert decisions.writable(edit, OWNER, {"title": "x"}) == {}


@pytest.mark.parametrize("odd", [True, 1, ["admin"], {"admin": 1}, "", "Admin", None])
def test_a_fact_of_another_type_is_unknown(domain: DomainSpec, decisions: Decisions, odd: object) -> None:
    context = Context(Actor("user", "no identifier", {"role": odd, "id": str(ME), "kind": "admin"}))
    assert decisions.decided(domain.action("Document", "edit"), context) == FALSE
    assert decisions.scope(context).rows["Page"] == FALSE  # type: ignore[union-attr]  # it has policies


def test_the_breakdown_has_every_rule(domain: DomainSpec, decisions: Decisions) -> None:
    answers = decisions.breakdown(domain.action("Document", "destroy"), OWNER)
    assert [(each.path, each.applies) for each in answers] == [
        ("Document.policies[0]", True),
        ("Document.policies[1]", False),
        ("Document.policies[2]", False),
        ("Document.policies[3]", True),
        ("Document.policies[4]", False),
        ("Document.policies[5][0]", False),
    ]


def test_calls_are_alike_that_give_the_same_of_what_is_asked_for(domain: DomainSpec, decisions: Decisions) -> None:
    edit = domain.action("Document", "edit")
    live = decisions.alike(edit, {"state": "live"})
    assert live is not None
    assert live == decisions.alike(edit, {"state": "live", "title": "a"})
    assert live not in (decisions.alike(edit, {"state": "draft"}), decisions.alike(edit, {}))
    # Whoever gives a field that not everybody may give is decided about by that alone.
    assert decisions.alike(edit, {"salary": 1}) == decisions.alike(edit, {"salary": 2})
    assert decisions.alike(edit, {"salary": 1}) != decisions.alike(edit, {"title": "a"})


def test_nobody_can_tell_whether_calls_are_alike_whose_values_are_not_compared(
    domain: DomainSpec, decisions: Decisions
) -> None:
    assert decisions.alike(domain.action("Document", "edit"), {"state": ["live"]}) is None
