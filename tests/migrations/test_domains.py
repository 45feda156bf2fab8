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
from framework.sql.migrations.plan.decided.decisions import Decisions
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


async def test_what_one_domain_let_go_of_before_another_drops_in_a_new_database_too(
    fresh_database_url: str, folders: dict[str, Path]
) -> None:
    def both(core: list[type[Resource]], link: dict[str, object]) -> Migrations:
        words = {"__module__": __name__, "__annotations__": {"id": "Attr[UUID]", **dict.fromkeys(link, "One[Kind]")}}
        product = type("Product", (Resource,), {**words, "id": primary_key(), **link})
        domains = Domain("shop", [product]), Domain("core", core)
        return Migrations(
            compile_domain(*domains), fresh_database_url, {name: folders[name] for name in ("shop", "core")}
        )

    await started(both([Maker, Kind], {"kind": belongs_to()}))
    unlinked, fewer = both([Maker, Kind], {}), both([Maker], {})
    for at, dropped in ((unlinked, "Product.kind"), (fewer, "Kind")):
        await at.revision("Less", Decisions(drops=(dropped,)))
        await at.upgrade()
    await execute(fewer, *EMPTY)
    await fewer.upgrade()
    assert await fewer.check() == []
    with pytest.raises(Invalid, match="steps of `core` that have been taken need"):
        await fewer.downgrade("-1", "shop")
    await fewer.downgrade("base")


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


class Code(Resource):
    code: Attr[str] = attribute(primary_key=True)


class Use(Resource):
    id: Attr[UUID] = primary_key()
    code: One[Code] = belongs_to()


def numbered() -> type[Resource]:
    """The codes, by numbers."""
    words = {"__module__": __name__, "__annotations__": {"code": Attr[int]}}
    return type("Code", (Resource,), {**words, "code": attribute(primary_key=True)})


@pytest.mark.parametrize("listed", [("core", "shop"), ("shop", "core")])
async def test_a_key_gets_another_type_with_the_links_of_another_domain(
    fresh_database_url: str, folders: dict[str, Path], listed: tuple[str, str]
) -> None:
    def both(code: type[Resource]) -> Migrations:
        domains = {"core": Domain("core", [code]), "shop": Domain("shop", [Use])}
        kept = {name: folders[name] for name in listed}
        return Migrations(compile_domain(*map(domains.__getitem__, listed)), fresh_database_url, kept)

    first, second = both(Code), both(numbered())
    await started(first)
    await execute(first, "INSERT INTO codes VALUES ('2')", "INSERT INTO uses VALUES (gen_random_uuid(), '2')")
    for domain in folders:
        with pytest.raises(Invalid, match=r"gets another type, and so do links between these tables and those of"):
            await second.written("Numbered", domain=domain)
    written = [step.path.parent.name for step in await second.written("Numbered")]
    assert sorted(written) == ["core", "shop", "shop"]
    await second.upgrade()
    assert await second.check() == []
    assert await execute(second, "SELECT code_id FROM uses JOIN codes ON code = code_id") == [(2,)]
    # One domain alone is not taken back so far that the other's key is of another type than its links.
    await second.downgrade("-1", "shop")
    with pytest.raises(Invalid, match="steps of `core` that have been taken need what would be taken back"):
        await second.downgrade("-1", "shop")
    # Without a domain it is one that none needs, however they are listed.
    await second.downgrade("-1")
    await second.downgrade("-1")
    assert await execute(first, "SELECT code_id FROM uses JOIN codes ON code = code_id") == [("2",)]
    await second.upgrade()
    await execute(second, *EMPTY)
    await second.upgrade()
    assert await second.check() == []
    await second.downgrade("base")
    await second.expand()
    assert await second.check() == []
    await execute(second, *EMPTY)
    alone = Migrations(compile_domain(Domain("core", [numbered()])), fresh_database_url, {"core": folders["core"]})
    await alone.upgrade()
    assert await alone.check() == []
