"""What a step of another domain comes after is carried out before it, or neither is."""

from __future__ import annotations

from pathlib import Path

from framework.compiler.domain import Domain, compile_domain
from framework.sql.migrations.migrations import Migrations
from tests.migrations.test_domains import Kind, Maker


async def test_an_expand_leaves_what_comes_after_a_contract(fresh_database_url: str, tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("core", "shop")}
    own = Migrations(compile_domain(Domain("core", [Maker]), Domain("shop", [Kind])), fresh_database_url, {**folders})
    contract, free, later = [
        await own.empty_revision(title, domain) for title, domain in (("a", "core"), ("b", "shop"), ("c", "shop"))
    ]
    contract.write_text(contract.read_text() + "\n\ncontracts = True\n")
    after = contract.name.split("_")[2]
    later.write_text(later.read_text() + f"\n\ncomes_after = ({after!r},)\n")
    assert [each.partition(": ")[2] for each in await own.expand()] == ["b."]
    assert [each.partition(": ")[2] for each in await own.upgrade()] == ["a.", "c."]
    assert free.exists()
