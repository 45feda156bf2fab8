"""What a resource became, in print."""

from __future__ import annotations

from tests.framework.cli.conftest import SHOP, Run, Write


def test_a_resource_is_shown_with_its_fields_and_actions(run: Run, shop: str) -> None:
    said = run("show", "Item")
    assert said.code == 0
    assert "Something for sale." in said.out
    assert "create add" in said.out
    assert "one INSERT for every two hundred records" in said.out


def test_links_say_where_they_lead(run: Run) -> None:
    assert "project_id = Project.id" in run("show", "Program").out


def test_without_a_name_all_resources_are_listed(run: Run, shop: str) -> None:
    assert "Something for sale." in run("show").out
    assert run("show", "--json").json[0] == {"name": "Item", "doc": "Something for sale."}


def test_for_programs_a_resource_is_as_in_the_whole_spec(run: Run, shop: str) -> None:
    shown = run("show", "Item", "--json").json
    assert shown["plans"] == {"add": "one INSERT for every two hundred records"}
    del shown["plans"]
    assert run("spec", "--json").json["resources"][0] == shown


def test_a_resource_that_is_not_there_has_a_neighbour(run: Run, shop: str) -> None:
    said = run("show", "Itme")
    assert (said.code, said.err) == (1, "There is no resource `Itme`\n  did you mean `Item`?\n")


def test_the_spec_is_indented_for_people(run: Run, shop: str) -> None:
    assert '\n  "domain": "shop",\n' in run("spec").out


def test_who_may_is_shown_in_words(run: Run, write_domain: Write) -> None:
    add, rules = "    add = Create(accept=[name])\n", '[allow(browse), allow(add).when(actor("role") == "clerk")]'
    source = SHOP.replace("Attr, Create", "ActionKind, Attr, Create, actor, allow")
    source = source.replace(add, f"{add}    policies = {rules}\n")
    write_domain(source.replace("    after_migrate", "    policies=[allow(*ActionKind)], after_migrate"))
    said = run("show", "Item").out
    assert "who may" in said
    assert "when the actor's `role` is `clerk`" in said
