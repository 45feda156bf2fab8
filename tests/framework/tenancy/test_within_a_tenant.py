"""Whoever acts in one tenant meets no record of another, by whichever way, in memory as on PostgreSQL."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from framework import Conflict, Failure, Forbidden, Invalid, NotFound, Query, Request
from framework.actions.session import Session
from framework.identifiers import uuid7
from framework.testing.engines import run_jobs
from tests.framework.tenancy.conftest import Studio
from tests.framework.tenancy.studio import ACME, OTHER, Article, Organization, Project, Task

Ask = Callable[[Session], Awaitable[Any]]


async def refused(session: Session, ask: Ask) -> Failure:
    with pytest.raises(Failure) as caught:
        await ask(session)
    return caught.value


async def test_a_record_gets_the_tenant_of_the_call(studio: Studio) -> None:
    assert (studio.mine["organization_id"], studio.theirs["organization_id"]) == (ACME, OTHER)
    assert studio.my_task["organization_id"] == ACME


async def test_lists_counts_and_keys_hold_the_records_of_one_tenant(studio: Studio) -> None:
    browse = studio.engine.domain.action("Project", "browse")
    for session, project in ((studio.acme, studio.mine), (studio.other, studio.theirs)):
        assert [each.id for each in await session.read(Project.browse)] == [project.id]
        assert await session.total(browse, Query()) == 1
    assert await studio.acme.find(browse, [studio.theirs.id, studio.mine.id]) == [None, studio.mine]
    assert len(await studio.system.read(Project.browse)) == 2


async def test_a_record_of_another_tenant_is_like_none(studio: Studio) -> None:
    there, nowhere = studio.theirs.id, uuid7()
    asked: list[Callable[[Any], Ask]] = [
        lambda key: lambda session: session.get(Project, key),
        lambda key: lambda session: session.update(Project.rename, key, {"name": "taken over"}),
        lambda key: lambda session: session.destroy(Project.close, key),
        lambda key: lambda session: session.create(Task.plan, {"title": "x", "project_id": key}),
        lambda key: lambda session: session.update(Task.edit, studio.my_task.id, {"project_id": key}),
        lambda key: lambda session: session.update(Project.weigh, key),
    ]
    for ask in asked:
        one, other = await refused(studio.acme, ask(there)), await refused(studio.acme, ask(nowhere))
        assert (type(one), str(one).replace(str(there), "")) == (type(other), str(other).replace(str(nowhere), ""))
    assert (await studio.other.get(Project, there)).name == "roof"


async def test_a_call_in_no_tenant_is_refused_by_one_failure(studio: Studio) -> None:
    asked: list[Ask] = [
        lambda session: session.read(Project.browse),
        lambda session: session.get(Project, studio.mine.id),
        lambda session: session.create(Project.begin, {"name": "x"}),
        lambda session: session.update(Project.rename, studio.mine.id, {"name": "x"}),
        lambda session: session.destroy(Project.close, studio.mine.id),
    ]
    for ask in asked:
        failure = await refused(studio.nowhere, ask)
        assert (type(failure), failure.issues[0].code) == (Forbidden, "no_tenant")
    # Of what it meets on the way it sees nothing.
    query = Query().loading(projects=Query()).selecting("project_count")
    for organization in await studio.nowhere.read(Organization.browse, query):
        assert (organization.projects, organization.project_count) == ([], 0)


@pytest.mark.parametrize("spelled", ["", "x", "*", "' OR true --", "00000000-0000-0000-0000-000000000000 "])
async def test_what_is_no_key_of_a_tenant_is_none(studio: Studio, spelled: str) -> None:
    session = studio.engine.session(studio.acme.context.__class__(tenant=spelled))
    assert (await refused(session, lambda it: it.read(Project.browse))).issues[0].code == "no_tenant"


async def test_a_tenant_is_the_same_however_its_key_is_spelled(studio: Studio) -> None:
    session = studio.engine.session(studio.acme.context.__class__(tenant=str(ACME).upper()))
    assert session.context.tenant == str(ACME)
    assert [each.id for each in await session.read(Project.browse)] == [studio.mine.id]


async def test_links_aggregates_and_filters_stay_within(studio: Studio) -> None:
    query = Query().loading(projects=Query()).selecting("project_count", "name")
    found = {each.name: each for each in await studio.acme.read(Organization.browse, query)}
    assert [len(found[name].projects) for name in ("acme", "other")] == [1, 0]
    assert [found[name].project_count for name in ("acme", "other")] == [1, 0]
    there = Query().where(Organization.projects.any(lambda project: project.name == "roof")).selecting("name")
    assert [each.name for each in await studio.acme.read(Organization.browse, there)] == ["acme"]


async def test_a_record_of_everybody_shows_no_link_into_another_tenant(studio: Studio) -> None:
    article = await studio.other.create(Article.add, {"name": "nail", "project_id": studio.theirs.id})
    seen = await studio.acme.get(Article, article.id, Query().loading(project=Query()))
    assert (seen.name, seen.project) == ("nail", None)
    leads = Query().where(Article.project.name == "roof")
    assert await studio.acme.read(Article.browse, leads) == []
    assert len(await studio.other.read(Article.browse, leads)) == 1


async def test_names_are_unique_within_a_tenant_and_codes_across(studio: Studio) -> None:
    taken = await refused(studio.acme, lambda it: it.create(Project.begin, {"name": "roof"}))
    assert isinstance(taken, Conflict)
    await studio.other.create(Project.begin, {"name": "cellar", "code": "c1"})
    await studio.acme.create(Project.begin, {"name": "cellar"})
    assert isinstance(
        await refused(studio.acme, lambda it: it.create(Project.begin, {"name": "attic", "code": "c1"})), Conflict
    )


async def test_nobody_gives_a_tenant_and_no_step_sets_another(studio: Studio) -> None:
    given = {"name": "x", "organization_id": str(ACME)}
    wrong = await refused(studio.acme, lambda it: it.create(Project.begin, given))
    assert (type(wrong), wrong.issues[0].code) == (Invalid, "unknown_input")
    smuggled = await refused(studio.acme, lambda it: it.create(Project.smuggle, {"name": "x"}))
    assert (type(smuggled), smuggled.issues[0].code) == (Forbidden, "other_tenant")
    assert (await studio.other.create(Project.smuggle, {"name": "x"}))["organization_id"] == OTHER
    with pytest.raises(TypeError, match="the tenant that a record belongs to"):
        await studio.other.update(Project.move, studio.theirs.id)


async def test_the_system_meets_all_and_says_which_tenant_it_makes_a_record_of(studio: Studio) -> None:
    lacking = await refused(studio.system, lambda it: it.create(Project.begin, {"name": "x"}))
    assert [issue.path for issue in lacking.issues] == [("organization_id",)]
    assert (await studio.system.create(Project.smuggle, {"name": "x"}))["organization_id"] == OTHER
    within = studio.acme.as_system("a test makes what it likes")
    assert (await within.create(Project.smuggle, {"name": "y"}))["organization_id"] == OTHER
    assert (await within.create(Project.begin, {"name": "z"}))["organization_id"] == ACME
    assert {each["organization_id"] for each in await within.read(Project.browse)} == {ACME, OTHER}


async def test_a_link_between_tenants_is_refused_by_the_store_itself(studio: Studio) -> None:
    across = {"title": str(studio.theirs.id)}
    for session in (studio.acme, studio.acme.as_system("past all that we look at ourselves")):
        failure = await refused(session, lambda it: it.create(Task.stray, across))
        assert [issue.path for issue in failure.issues] == [("project_id",)]


async def test_what_goes_with_a_record_and_what_loses_it_stays_in_its_tenant(studio: Studio) -> None:
    later = await studio.acme.create(
        Task.plan, {"title": "paint", "project_id": studio.mine.id, "after_id": studio.my_task.id}
    )
    await studio.acme.destroy(Task.drop, studio.my_task.id)
    left = await studio.acme.get(Task, later.id)
    assert (left["after_id"], left["organization_id"]) == (None, ACME)
    await studio.acme.destroy(Project.close, studio.mine.id)
    assert await studio.acme.read(Task.browse) == []
    assert len(await studio.other.read(Task.browse)) == 1


async def test_many_are_written_at_once_within_the_tenant(studio: Studio) -> None:
    made = await studio.acme.create_all(Project.begin, [{"name": f"p{number}"} for number in range(250)])
    assert {each["organization_id"] for each in made} == {ACME}
    rename = studio.engine.domain.action("Project", "rename")
    requests = [Request({"name": f"q{number}"}, each.id) for number, each in enumerate([*made, studio.theirs])]
    with pytest.raises(NotFound):
        await studio.acme.perform(rename, requests)
    assert len(await studio.acme.perform(rename, requests[:-1])) == 250


async def test_cursors_of_one_tenant_lead_nowhere_in_another(studio: Studio) -> None:
    browse = studio.engine.domain.action("Project", "browse")
    await studio.other.create_all(Project.begin, [{"name": f"p{number}"} for number in range(3)])
    page = await studio.other.page(browse, Query().sorted_by(Project.name).limited(2))
    after = replace(Query().sorted_by(Project.name), after=page.keys[0])
    assert {each["organization_id"] for each in (await studio.acme.page(browse, after)).records} <= {ACME}


async def test_a_job_runs_in_the_tenant_that_it_was_started_in(studio: Studio) -> None:
    await studio.acme.update(Project.weigh, studio.mine.id)
    await studio.other.update(Project.survey, studio.theirs.id)
    await studio.acme.update(Project.survey, studio.mine.id)
    assert [str(state) for state in await run_jobs(studio.engine)] == ["succeeded"] * 3
    assert {each.name for each in await studio.acme.read(Project.browse)} == {"roof weighed", "surveyed"}
    assert {each.name for each in await studio.other.read(Project.browse)} == {"roof", "surveyed"}


async def test_jobs_and_events_are_met_within_the_tenant(studio: Studio) -> None:
    await studio.acme.update(Project.weigh, studio.mine.id)
    domain = studio.engine.domain
    for name in ("Job", "Event"):
        browse = domain.action(name, "browse")
        pages = [await session.page(browse, Query()) for session in (studio.acme, studio.other, studio.nowhere)]
        targets = [{each["target_id"] for each in page.records} for page in pages]
        assert str(studio.mine.id) in targets[0]
        assert str(studio.mine.id) not in targets[1] | targets[2]
    (job,) = (await studio.acme.page(domain.action("Job", "browse"), Query())).records
    cancel = domain.action("Job", "cancel")
    with pytest.raises(NotFound):
        await studio.other.perform(cancel, [Request(id=job.id)])
    await studio.acme.perform(cancel, [Request(id=job.id)])
