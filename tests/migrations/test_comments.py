"""What a declaration says in words is told in the database, where its domain says so, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from framework.compiler.domain import Domain, compile_domain
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import calculate
from framework.declare.resource import Resource
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decided.decisions import Decisions
from tests.migrations.test_own_domain import execute, started
from tests.migrations.test_rules_as_declared import ODD

SAID = (
    "SELECT a.attname, col_description(a.attrelid, a.attnum) FROM pg_attribute a WHERE attnum > 0 AND NOT attisdropped"
    " AND attrelid = to_regclass('things') AND col_description(a.attrelid, a.attnum) IS NOT NULL"
    " UNION SELECT 'things', obj_description(to_regclass('things')) ORDER BY 1"
)


def thing(words: str, factor: int) -> type[Resource]:
    class Thing(Resource):
        id: Attr[UUID] = primary_key()
        net: Attr[int] = attribute(doc=words)
        silent: Attr[int] = attribute()
        gross: Attr[int] = calculate(net * factor, stored=True, doc=words + "!")

    Thing.__doc__ = words
    return Thing


class Other(Resource):
    id: Attr[UUID] = primary_key()


async def test_comments_are_as_declared_there_and_back(fresh_database_url: str, tmp_path: Path) -> None:
    def migrations(*resources: type[Resource], comments: bool = True) -> Migrations:
        domain = compile_domain(Domain("test", resources, comments=comments))
        return Migrations(domain, fresh_database_url, {"test": tmp_path / "versions"})

    plain, said, other = (migrations(thing(words, 2), comments=words != "") for words in ("", ODD, "other"))
    await started(plain)
    await execute(plain, "COMMENT ON COLUMN things.silent IS 'by hand'", "COMMENT ON TABLE things IS 'by hand'")
    by_hand = await execute(plain, SAID)
    assert await plain.check() == []
    assert "comment of table things differs" in await said.check()
    assert await said.revision("Said") is not None
    literal = ODD.replace("'", "''")
    assert f"COMMENT ON COLUMN things.net IS '{literal}';" in await said.upgrade_sql()
    await said.upgrade()
    assert await said.check() == []
    told = await execute(said, SAID)
    assert told == [("gross", ODD + "!"), ("id", "Identifier."), ("net", ODD), ("things", ODD)]
    assert await other.revision("Other") is not None
    await other.upgrade()
    assert await other.check() == []
    await other.downgrade("-1")
    assert await execute(said, SAID) == told
    await said.downgrade("-1")
    assert await execute(plain, SAID) == by_hand

    await said.upgrade()
    anew = migrations(thing("other", 3))
    assert await anew.revision("Anew") is not None
    await anew.upgrade()
    assert await anew.check() == []
    assert ("gross", "other!") in await execute(anew, SAID)
    gone = migrations(Other)
    assert await gone.revision("Gone", Decisions(drops=("Thing",))) is not None
    await gone.upgrade()
    await gone.downgrade("-2")
    assert await execute(said, SAID) == [(name, str(words).replace(ODD, "other")) for name, words in told]
