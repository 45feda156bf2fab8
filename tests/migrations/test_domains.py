"""Several domains in one database: each keeps a history of its own, by which it can be run alone."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.compiler.extension import Extension
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.errors import Invalid
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decisions import Decisions
from tests.migrations.test_own_domain import execute, started

EMPTY = ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")


class Maker(Resource):
    id: Attr[UUID] = primary_key()


class Kind(Resource):
    id: Attr[UUID] = primary_key()


class Log(Resource):
    id: Attr[UUID] = primary_key()


class Product(Resource):
    id: Attr[UUID] = primary_key()
    maker: One[Maker] = belongs_to()
    kind: One[Kind] = belongs_to()


LOGS = Extension("logs", (Log,))


def grown(record: type[Resource], *names: str) -> type[Resource]:
    """The resource with these optional texts besides."""
    body = {name: attribute() for name in names}
    annotations = dict.fromkeys(names, "Attr[str | None]")
    return type(record.__name__, (record,), {"__module__": __name__, "__annotations__": annotations, **body})


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Where each domain keeps its steps."""
    return {name: tmp_path / name for name in ("core", "shop")}


def of(url: str, folders: dict[str, Path], core: list[type[Resource]], shop: list[type[Resource]]) -> Migrations:
    """Both domains, of which each lists the extension."""
    domains = (Domain("core", core, [LOGS]), Domain("shop", shop, [LOGS]))
    return Migrations(compile_domain(*domains), url, folders)


def alone(url: str, folders: dict[str, Path], core: list[type[Resource]]) -> Migrations:
    """The first domain without the other."""
    return Migrations(compile_domain(Domain("core", core, [LOGS])), url, {"core": folders["core"]})


async def test_each_domain_has_steps_of_its_own(fresh_database_url: str, folders: dict[str, Path]) -> None:
    both = of(fresh_database_url, folders, [Maker, Kind], [Product])
    written = await both.written("Begin")
    core, shop = (step.path for step in written)
    assert [step.path.parent.name for step in written] == ["core", "shop"]
    assert ("create_table('logs'" in core.read_text(), "create_table('logs'" in shop.read_text()) == (True, False)
    await both.upgrade()
    assert await both.check() == []
    told = [(step.domain, step.taken, step.head) for step in await both.history()]
    assert told == [("core", True, True), ("shop", True, True)]

    core_grown = of(fresh_database_url, folders, [grown(Maker, "note"), Kind], [Product])
    assert [step.path.parent.name for step in await core_grown.written("Note")] == ["core"]
    await core_grown.upgrade()
    for refused, code in (
        (core_grown.empty_revision("Which"), "which_domain"),
        (core_grown.empty_revision("Which", "none"), "no_migrations"),
    ):
        with pytest.raises(Invalid) as caught:
            await refused
        assert caught.value.issues[0].code == code
    assert (await core_grown.empty_revision("By hand", "shop")).parent.name == "shop"
    await core_grown.upgrade()

    last = of(fresh_database_url, folders, [grown(Maker, "note", "text"), Kind], [grown(Product, "size")])
    only = await last.written("Size", domain="shop")
    assert [(step.path.parent.name, step.left) for step in only] == [("shop", ["core"])]
    assert "add_column('products'" in only[0].path.read_text()
    await last.upgrade()
    assert await last.check() == ["column makers.text is missing"]
    with pytest.raises(Invalid, match="nothing of `shop` has changed; changes of core are not written yet"):
        await last.written("Text", domain="shop")
    assert [(step.path.parent.name, step.left) for step in await last.written("Text")] == [("core", [])]
    await last.upgrade()
    assert await last.check() == []

    await execute(last, *EMPTY)
    await last.upgrade()
    assert await last.check() == []
    first = alone(fresh_database_url, folders, [grown(Maker, "note", "text"), Kind])
    await execute(first, *EMPTY)
    await first.upgrade()
    assert await first.check() == []
    await first.downgrade("base")


async def test_a_step_is_not_taken_back_while_another_domain_needs_it(
    fresh_database_url: str, folders: dict[str, Path]
) -> None:
    both = of(fresh_database_url, folders, [Maker, Kind], [Product])
    await started(both)
    with pytest.raises(Invalid, match="steps of `shop` that have been taken need what would be taken back") as caught:
        await both.downgrade("-1", "core")
    assert "dspex downgrade --domain shop" in str(caught.value.issues[0].hint)
    more = of(fresh_database_url, folders, [grown(Maker, "note"), Kind], [Product])
    await more.revision("Note")
    await more.upgrade()
    await more.downgrade("-1", "core")
    await more.downgrade("-1")
    assert [(step.domain, step.taken) for step in await more.history()][-1] == ("core", False)
    assert await execute(both, "SELECT to_regclass('products'), to_regclass('makers')::text") == [(None, "makers")]
    with pytest.raises(Invalid, match="is one of `core`, and not of `shop`"):
        await more.downgrade((await more.history())[0].revision, "shop")
    await more.downgrade("base", "core")
    assert await execute(both, "SELECT to_regclass('makers')") == [(None,)]
    await more.upgrade()
    assert await more.check() == []
    await more.downgrade("base")


async def test_what_one_domain_drops_another_has_let_go_of(fresh_database_url: str, folders: dict[str, Path]) -> None:
    both = of(fresh_database_url, folders, [Maker, Kind], [Product])
    await started(both)

    words = {"__module__": __name__, "__annotations__": {"id": "Attr[UUID]", "maker": "One[Maker]"}}
    product = type("Product", (Resource,), {**words, "id": primary_key(), "maker": belongs_to()})
    fewer = of(fresh_database_url, folders, [Maker], [product])
    written = await fewer.written("No kinds", Decisions(drops=("Kind", "Product.kind")))
    assert [step.path.parent.name for step in written] == ["shop", "core"]
    await fewer.upgrade()
    assert await fewer.check() == []
    await fewer.downgrade("-1", "core")
    await fewer.downgrade("-1", "shop")
    await fewer.upgrade()
    await execute(fewer, *EMPTY)
    await fewer.upgrade()
    assert await fewer.check() == []
    await fewer.downgrade("base")
    first = alone(fresh_database_url, folders, [Maker])
    await first.upgrade()
    assert await first.check() == []


class Left(Resource):
    id: Attr[UUID] = primary_key()
    right: One[Right | None] = belongs_to()
    top: One[Top] = belongs_to()


class Right(Resource):
    id: Attr[UUID] = primary_key()
    left: One[Left | None] = belongs_to()


class Top(Resource):
    id: Attr[UUID] = primary_key()


async def test_domains_that_lead_to_each_other(fresh_database_url: str, folders: dict[str, Path]) -> None:
    both = of(fresh_database_url, folders, [Left], [Right, Top])
    with pytest.raises(Invalid, match="which changes of `shop` bring that are not written yet"):
        await both.written("Begin", domain="core")
    written = await both.written("Begin")
    assert [step.path.parent.name for step in written] == ["core", "shop", "core"]
    await both.upgrade()
    assert await both.check() == []
    await both.downgrade("base")
    await both.upgrade()
    assert await both.check() == []


async def test_a_domain_without_a_folder_is_asked_for_one(fresh_database_url: str, folders: dict[str, Path]) -> None:
    both = of(fresh_database_url, {"core": folders["core"]}, [Maker, Kind], [Product])
    with pytest.raises(Invalid, match="the domain `shop` does not say where its migrations are kept"):
        await both.revision("Begin")


async def test_two_programs_with_version_tables_of_their_own(fresh_database_url: str, folders: dict[str, Path]) -> None:
    theirs = alone(fresh_database_url, folders, [Maker])
    ours = Migrations(
        compile_domain(Domain("shop", [Kind, Log], schema="shop")),
        fresh_database_url,
        {"shop": folders["shop"]},
        "admin.shop_version",
    )
    await started(theirs)
    plain = Migrations(ours.domain, ours.url, ours.folders)
    for look in (plain.pending(), plain.upgrade(), plain.revision("Begin"), plain.check()):
        with pytest.raises(Invalid, match="another program keeps its steps in this database") as refused:
            await look
        assert "DSPEX_VERSION_TABLE" in str(refused.value.issues[0].hint)
    before = await execute(theirs, "SELECT * FROM alembic_version")
    await started(ours)
    for own in (theirs, ours):
        assert await own.check() == []
        assert await own.revision("Nothing") is None
    assert await execute(theirs, "SELECT * FROM alembic_version") == before
    await ours.downgrade("base")
    assert await theirs.check() == []
    assert await execute(ours, "SELECT count(*) FROM admin.shop_version") == [(0,)]
