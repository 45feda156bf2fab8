"""Projects, and the one that is there from the beginning."""

from __future__ import annotations

import pytest

from resources.accounts.project import DEFAULT_PROJECT
from resources.language_models.language_model import OFFLINE_MODEL
from resources.seeding import seed
from tests.installation.answer import Client
from tests.installation.installation import Installation
from tests.installation.making import unique


async def test_there_is_a_project_and_a_model_from_the_beginning(client: Client) -> None:
    assert (await client.get("Project", DEFAULT_PROJECT)).made["slug"] == "default"
    assert (await client.get("LanguageModel", OFFLINE_MODEL)).made["name"] == "offline/in-context"


async def test_seeding_again_adds_nothing_and_changes_nothing(client: Client, installation: Installation) -> None:
    before = (await client.get("LanguageModel", OFFLINE_MODEL)).made
    async with installation.unchanged():
        await seed(installation.session)
    assert (await client.get("LanguageModel", OFFLINE_MODEL)).made == before


async def test_a_project_is_made_and_renamed(client: Client) -> None:
    slug = unique("p")
    made = (await client.act("Project.create", slug=slug, name="P")).made
    renamed = (await client.act("Project.update", made["id"], name="Q")).made
    assert (renamed["slug"], renamed["name"]) == (slug, "Q")
    assert renamed["updated_at"] > made["updated_at"]


async def test_a_slug_is_taken_once(client: Client, installation: Installation) -> None:
    made = (await client.act("Project.create", slug=unique("p"), name="P")).made
    other = (await client.act("Project.create", slug=unique("p"), name="P")).made
    async with installation.unchanged():
        assert (await client.act("Project.create", slug=made["slug"], name="P")).fault.code == "taken"
        assert (await client.act("Project.update", other["id"], slug=made["slug"])).fault.code == "taken"


@pytest.mark.parametrize("slug", ["", "Big", "two words", "-x", "x-", "a" * 81])
async def test_a_slug_is_lower_case_words_with_hyphens(slug: str, client: Client, installation: Installation) -> None:
    async with installation.unchanged():
        assert (await client.act("Project.create", slug=slug, name="P")).fault.path == ("slug",)


async def test_equal_names_in_two_projects_do_not_meet(client: Client) -> None:
    project = (await client.act("Project.create", slug=unique("p"), name="P")).made
    name = unique("metric")
    definition = {"kind": "exact", "fields": ["team"]}
    first = (await client.act("Metric.create", name=name, definition=definition)).made
    second = (await client.act("Metric.create", name=name, definition=definition, project_id=project["id"])).made
    assert first["project_id"] == str(DEFAULT_PROJECT) != second["project_id"]
