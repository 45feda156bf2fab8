"""Nothing is dropped that nobody asked to drop, and what is has an order that works there and back."""

from __future__ import annotations

from uuid import UUID

import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.errors import Invalid
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decided.decisions import Decisions
from framework.sql.section import Table
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import Egg, Hen, execute, started


class Parent(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    note: Attr[str | None] = attribute()


class Child(Resource):
    id: Attr[UUID] = primary_key()
    parent: One[Parent] = belongs_to()


class Grandchild(Resource):
    id: Attr[UUID] = primary_key()
    child: One[Child] = belongs_to()


def without_note() -> type[Resource]:
    class Parent(Resource):
        id: Attr[UUID] = primary_key()
        name: Attr[str] = attribute()
        remark: Attr[str | None] = attribute()
        age: Attr[int | None] = attribute()

    return Parent


def orphan() -> type[Resource]:
    class Child(Resource):
        id: Attr[UUID] = primary_key()

    return Child


async def test_a_column_that_would_go_is_told_with_what_it_holds(migrations: MakeMigrations) -> None:
    old = migrations(Parent)
    await started(old)
    await execute(
        old,
        "INSERT INTO parents VALUES (gen_random_uuid(), 'a', 'x'), (gen_random_uuid(), 'b', 'y'), "
        "(gen_random_uuid(), 'c', NULL)",
    )
    new = migrations(without_note())
    with pytest.raises(
        Invalid, match=r"`parents\.note` is no longer declared, and dropping it loses what 2"
    ) as refused:
        await new.revision("Without")
    (issue,) = refused.value.issues
    assert (issue.code, dict(issue.params)) == (
        "undecided_drop",
        {"name": "parents.note", "rows": 2, "renames": ["parents.note=remark"]},
    )
    assert issue.hint == (
        "say --rename parents.note=remark if it has another name now, or --drop parents.note if it is to go"
    )
    assert len([*old.folders["test"].glob("*.py")]) == 1


@pytest.mark.parametrize("said", ["Parent.note", "parents.note"])
async def test_a_column_goes_when_that_is_said(migrations: MakeMigrations, said: str) -> None:
    await started(migrations(Parent))
    new = migrations(without_note())
    assert await new.revision("Without", Decisions(drops=(said,))) is not None
    await new.upgrade()
    assert await new.check() == []
    await new.downgrade("-1")
    await new.upgrade()


async def test_a_table_that_would_go_is_told_with_what_it_could_be_now(migrations: MakeMigrations) -> None:
    await started(migrations(Parent))
    new = migrations(type("Person", (without_note(),), {"__module__": __name__}))
    with pytest.raises(Invalid, match="`parents` is no longer declared") as refused:
        await new.revision("People")
    assert refused.value.issues[0].params["renames"] == ["parents=people"]


async def test_tables_that_refer_to_each_other_go_and_come_back(migrations: MakeMigrations) -> None:
    first = migrations(Parent, Child, Grandchild, Hen, Egg)
    await started(first)
    rest = migrations(Parent)
    said = Decisions(drops=("Child", "Grandchild", "Hen", "eggs"))
    assert await rest.revision("One left", said) is not None
    await rest.upgrade()
    assert await rest.check() == []
    assert await execute(rest, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1") == [
        ("alembic_version",),
        ("alembic_version_steps",),
        ("parents",),
    ]
    await rest.downgrade("-1")
    assert [line for line in await first.check() if not line.startswith("not carried out")] == []
    await rest.upgrade()


async def test_a_resource_that_others_pointed_to_goes(migrations: MakeMigrations) -> None:
    await started(migrations(Parent, Child))
    one = migrations(orphan())
    assert await one.revision("No parents", Decisions(drops=("Parent", "Child.parent"))) is not None
    await one.upgrade()
    assert await one.check() == []
    await one.downgrade("-1")
    await one.upgrade()
    assert await one.check() == []


async def test_a_column_of_a_renamed_table_is_told_and_goes(migrations: MakeMigrations) -> None:
    old = migrations(Parent)
    await started(old)
    await execute(old, "INSERT INTO parents VALUES (gen_random_uuid(), 'a', 'x')")

    class Person(Resource):
        renamed_from = "Parent"
        id: Attr[UUID] = primary_key()
        name: Attr[str] = attribute()

    new = migrations(Person)
    with pytest.raises(Invalid, match=r"`people\.note` is no longer declared, and dropping it loses what 1 record"):
        await new.revision("People")
    assert await new.revision("People", Decisions(drops=("Person.note",))) is not None
    await new.upgrade()
    assert await new.check() == []
    assert await execute(new, "SELECT name FROM people") == [("a",)]


async def test_what_was_said_may_go_and_is_not_there_is_refused(migrations: MakeMigrations) -> None:
    await started(migrations(Parent))
    with pytest.raises(Invalid, match="--drop Nonsense: nothing of that name would be dropped"):
        await migrations(without_note()).revision("More", Decisions(drops=("Parent.note", "Nonsense")))


async def test_a_name_means_the_value_before_the_key_of_a_link(migrations: MakeMigrations) -> None:
    class Both(Resource):
        id: Attr[UUID] = primary_key()
        parent_note: Attr[str | None] = attribute()
        note: Attr[str | None] = attribute()
        note_id: Attr[int | None] = attribute()

    class Neither(Resource):
        id: Attr[UUID] = primary_key()

    await started(migrations(type("Both", (Both,), {"__module__": __name__})))
    new = migrations(type("Both", (Neither,), {"__module__": __name__}))
    with pytest.raises(Invalid) as refused:
        await new.revision("Neither", Decisions(drops=("Both.note",)))
    assert {issue.params["name"] for issue in refused.value.issues} == {"boths.parent_note", "boths.note_id"}


async def test_the_name_of_a_resource_lets_no_column_of_that_name_go(migrations: MakeMigrations) -> None:
    class Item(Resource):
        id: Attr[UUID] = primary_key()
        notes: Attr[str | None] = attribute()

    class Less(Resource):
        sections = (Table("items"),)
        id: Attr[UUID] = primary_key()

    await started(migrations(Item))
    with pytest.raises(Invalid, match="--drop Note: nothing of that name would be dropped"):
        await migrations(Less).revision("less", Decisions(drops=("Note",)))


class Named(Resource):
    """Kept in columns that have names of their own."""

    id: Attr[UUID] = primary_key()
    user: Attr[str | None] = attribute(column="UserX")
    within: One[Named | None] = belongs_to(column="WithinX")


def named(old: str, link: str, *gone: str) -> type[Resource]:
    class Named(Resource):
        dropped = gone
        id: Attr[UUID] = primary_key()
        person: Attr[str | None] = attribute(renamed_from=old)
        holder: One[Named | None] = belongs_to(renamed_from=link)

    return Named


async def test_a_mark_that_names_nothing_is_told_where_something_would_be_lost(migrations: MakeMigrations) -> None:
    await started(migrations(Named))
    with pytest.raises(Invalid) as refused:
        await migrations(named("user", "within", "other")).revision("Renamed")
    told = {issue.params["name"]: issue.hint for issue in refused.value.issues}
    assert [*told] == ["nameds.UserX", "nameds.WithinX"]
    for hint in told.values():
        assert hint is not None
        assert hint.partition(". ")[2] == (
            "No such thing stands: `dropped`, 'other'; `Named.person.renamed_from`, 'user'; "
            "`Named.holder_id.renamed_from`, 'within'; "
            "what stood in a column or table with a name of its own is marked by that name"
        )


async def test_what_has_a_column_of_another_name_is_marked_by_that(migrations: MakeMigrations) -> None:
    old = migrations(Named)
    await started(old)
    await execute(old, """INSERT INTO nameds VALUES ('0197f1de-0000-7000-8000-000000000000', 'a', NULL)""")
    await execute(old, """UPDATE nameds SET "WithinX" = id""")
    new = migrations(named("UserX", "WithinX"))
    assert await new.revision("Renamed") is not None
    await new.upgrade()
    assert await new.check() == []
    assert await execute(new, "SELECT person, holder_id = id FROM nameds") == [("a", True)]


async def test_a_mark_of_a_table_that_names_none_is_told(migrations: MakeMigrations, fresh_database_url: str) -> None:
    class Order(Resource):
        sections = (Table("o1"),)
        id: Attr[UUID] = primary_key()
        note: Attr[str | None] = attribute()

    class Purchase(Resource):
        renamed_from = "Order"
        id: Attr[UUID] = primary_key()
        note: Attr[str | None] = attribute()

    old = migrations(Order)
    await started(old)
    domain = compile_domain(Domain("test", [Purchase], dropped=("Invoice",)))
    with pytest.raises(Invalid) as refused:
        await Migrations(domain, fresh_database_url, old.folders).revision("Renamed")
    (issue,) = refused.value.issues
    assert issue.hint is not None
    assert issue.hint.partition(". ")[2].startswith(
        "No such thing stands: `dropped`, 'Invoice'; `Purchase.renamed_from`, 'Order'; what stood in"
    )
