"""The commands about who works in a project."""

from __future__ import annotations

from typing import Annotated

import typer

from framework.cli.command import CommandGroup
from framework.cli.local_session import local_session
from framework.cli.output import Json, print_json, tell
from framework.context import Context
from framework.errors import NotFound
from resources.accounts.callers.actors import LOCAL
from resources.accounts.membership import Membership
from resources.accounts.roles import Role
from resources.cli.people import every_one, the_project, the_user

Email = Annotated[str, typer.Argument(help="The user's email address.")]
Slug = Annotated[str, typer.Argument(help="The project, by its slug.")]
As = Annotated[Role, typer.Argument(help="What they are there.")]


async def add(email: Email, project: Slug, role: As, *, json: Json = False) -> None:
    """Have a user work in a project, or in another role."""
    async with local_session(Context(LOCAL)) as session:
        user, where = await the_user(session, email), await the_project(session, project)
        pair = (Membership.user_id == user.id) & (Membership.project_id == where.id)
        found = await every_one(session, Membership.browse, pair)
        if found:
            made = await session.update(Membership.change, found[0].id, {"role": role})
        else:
            made = await session.create(Membership.add, {"user_id": user.id, "project_id": where.id, "role": role})
    _said({"id": made.id, "user": user.email, "project": where.slug, "role": made.role}, json=json)


async def remove(email: Email, project: Slug, *, json: Json = False) -> None:
    """Have a user work in a project no more."""
    async with local_session(Context(LOCAL)) as session:
        user, where = await the_user(session, email), await the_project(session, project)
        pair = (Membership.user_id == user.id) & (Membership.project_id == where.id)
        found = await every_one(session, Membership.browse, pair)
        if not found:
            raise NotFound(f"{user.email} is no member of {where.slug}")
        await session.destroy(Membership.remove, found[0].id)
    _said({"user": user.email, "project": where.slug, "role": None}, json=json)


def _said(row: dict[str, object], *, json: bool) -> None:
    if json:
        print_json(row)
    elif row["role"] is None:
        tell(f"{row['user']} is no member of {row['project']} any more")
    else:
        tell(f"{row['user']} is {row['role']} in {row['project']}")


member = CommandGroup("Say who works in a project, and as what.", (add, remove))
