"""Who may what on the platform: every public action, by each role in the project of the record and in another one."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from framework.actions.permission.can import permissions
from framework.actions.query import Query
from framework.actions.request import Request
from framework.actions.session import Session
from framework.context import Actor, Context
from framework.errors import Forbidden, NotFound
from framework.jobs.job import JobState
from framework.spec.action import ActionKind
from resources.accounts.membership import Membership
from resources.accounts.project import DEFAULT_PROJECT, Project
from resources.accounts.roles import Role
from resources.accounts.user import User
from resources.programs.program import Program
from tests.installation.installation import Installation
from tests.installation.making import a_subject
from tests.resources.accounts.matrix.table import roles_that_may

RESOURCES = ("Project", "Program", "Dataset", "LanguageModel")
MAY = {
    name: roles
    for name, roles in roles_that_may().items()
    if name.startswith(tuple(f"{each}." for each in RESOURCES)) and not name.endswith((".browse", ".create"))
}


async def member(installation: Installation, role: Role | None, project: UUID = DEFAULT_PROJECT) -> Session:
    """A session of somebody new, who has the role in the project."""
    system = installation.session.as_system("the test prepares")
    user = await system.create(User.register, {"email": f"{uuid4().hex}@example.com"})
    if role is not None:
        await system.create(Membership.add, {"user_id": user.id, "project_id": project, "role": role})
    return installation.runtime.engine.session(Context(Actor("user", str(user.id), {"user_id": user.id})))


async def records(installation: Installation) -> dict[str, Any]:
    subject = await a_subject(installation.rest)
    program = (await installation.rows("Program", id=UUID(str(subject.inputs["program_id"]))))[0]
    dataset = UUID(str(subject.inputs["dataset_id"]))
    model = program["model_id"]
    return {"Project": DEFAULT_PROJECT, "Program": program["id"], "Dataset": dataset, "LanguageModel": model}


@pytest.mark.parametrize("role", Role)
async def test_a_role_may_what_the_table_says(installation: Installation, role: Role) -> None:
    session, keys = await member(installation, role), await records(installation)
    for name, roles in MAY.items():
        resource, _, action = name.partition(".")
        asked = [Request(id=keys[resource])]
        (found,) = await permissions(session, session.domain.action(resource, action), asked)
        assert (name, found.allowed) == (name, role in roles)


async def test_every_public_action_about_a_record_of_a_project_is_in_the_table_or_known(
    installation: Installation,
) -> None:
    keys = await records(installation)
    public = {
        f"{name}.{action.name}"
        for name in keys
        for action in installation.domain.resources[name].public_actions.values()
        if action.needs_record
    }
    assert public == {*MAY}


async def test_whoever_is_a_member_of_another_project_finds_nothing(installation: Installation) -> None:
    system = installation.session.as_system("the test prepares")
    other = await system.create(Project.create, {"slug": uuid4().hex, "name": "Other"})
    keys = await records(installation)
    for session in (await member(installation, Role.OWNER, other.id), await member(installation, None)):
        for name in MAY:
            resource, _, action = name.partition(".")
            if resource == "LanguageModel":
                continue
            with pytest.raises(NotFound):
                await permissions(session, session.domain.action(resource, action), [Request(id=keys[resource])])
        for spec in session.domain.resources.values():
            # Those that everybody has, and the log, which owners alone read.
            if spec.reader is None or spec.name in ("LanguageModel", "User", "Membership", "Project"):
                continue
            try:
                found = (await session.page(spec.reader, Query(limit=1))).records
            except Forbidden:
                continue
            assert (spec.name, found) == (spec.name, [])


async def test_a_stranger_may_nothing(installation: Installation) -> None:
    stranger = installation.runtime.engine.session()
    for spec in stranger.domain.resources.values():
        for action in spec.public_actions.values():
            if action.kind is not ActionKind.READ and not action.needs_record:
                (found,) = await permissions(stranger, action, [Request()])
                assert (spec.name, action.name, found.allowed) != (spec.name, action.name, True)


async def test_a_program_that_a_viewer_sees_is_not_executed_by_them(installation: Installation) -> None:
    keys, viewer = await records(installation), await member(installation, Role.VIEWER)
    assert (await viewer.get(Program, keys["Program"])).id == keys["Program"]
    with pytest.raises(Forbidden):
        await viewer.run(Program.execute, {"inputs": {}}, keys["Program"])


async def test_what_a_key_starts_is_done_though_the_key_is_for_the_start_alone(installation: Installation) -> None:
    system = installation.session.as_system("the test prepares")
    user = await system.create(User.register, {"email": f"{uuid4().hex}@example.com", "is_owner": True})
    issue = installation.domain.action("ApiKey", "issue")
    given = {"name": "starts", "user_id": user.id, "scopes": ["Evaluation.start"]}
    (key,) = await installation.session.perform(issue, [Request(given)])
    actor = await installation.runtime.callers.actor_again("key", str(key.id))
    subject = await a_subject(installation.rest)
    session = installation.runtime.engine.session(Context(actor))
    await session.perform(installation.domain.action("Evaluation", "start"), [Request(subject.inputs)])
    (run,) = await installation.rows("Evaluation", program_id=UUID(str(subject.inputs["program_id"])))
    assert await installation.run("Evaluation", run["id"]) is JobState.SUCCEEDED
