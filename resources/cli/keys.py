"""The commands about API keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import typer

from framework.actions.query import Query
from framework.actions.request import Request
from framework.cli.command import CommandGroup
from framework.cli.local_session import local_session
from framework.cli.output import Json, print_json, print_table, tell
from framework.context import Context, now
from framework.errors import NotFound
from resources.accounts.api_key import ApiKey
from resources.accounts.callers.actors import LOCAL
from resources.accounts.callers.key_text import key_in
from resources.cli.people import MOST, every_one, the_owner, the_project, the_user

Name = Annotated[str, typer.Argument(help="What it is for.")]
Email = Annotated[str | None, typer.Option("--user", help="Whose it is; the owner's, where there is one.")]
Scopes = Annotated[
    list[str] | None, typer.Option("--scope", help="What it may be used for: read, Program.execute, Dataset.*, …")
]
Slug = Annotated[str | None, typer.Option("--project", help="The one project that it is for.")]
Days = Annotated[float | None, typer.Option(help="For how many days it counts; for ever unless said.", min=0.001)]
Which = Annotated[str, typer.Argument(help="Its prefix, or the key itself.")]


async def create(
    name: Name,
    *,
    user: Email = None,
    scope: Scopes = None,
    project: Slug = None,
    days: Days = None,
    json: Json = False,
) -> None:
    """Make a key, and print it this once."""
    async with local_session(Context(LOCAL)) as session:
        given: dict[str, Any] = {
            "name": name,
            "scopes": scope or ["*"],
            "user_id": (await (the_owner(session) if user is None else the_user(session, user))).id,
            "project_id": None if project is None else (await the_project(session, project)).id,
            "expires_at": None if days is None else now() + timedelta(days=days),
        }
        (issued,) = await session.perform(session.spec(ApiKey.issue), [Request(given)])
    if json:
        print_json(issued.model_dump(mode="json"))
        return
    tell("the key is told this once; keep it where its program finds it (DSPEX_API_KEY for our own commands)")
    typer.echo(issued.key)


async def list_(*, json: Json = False) -> None:
    """List the keys, newest first."""
    async with local_session(Context(LOCAL)) as session:
        query = Query().sorted_by(ApiKey.created_at.desc()).loading(user=Query()).limited(MOST)
        keys = await session.read(ApiKey.browse, query)
    rows = [
        {
            "prefix": key.prefix,
            "name": key.name,
            "user": key.user.email,
            "scopes": list(key.scopes),
            "project_id": key.project_id,
            "expires_at": key.expires_at,
            "last_used_at": key.last_used_at,
            "revoked_at": key.revoked_at,
        }
        for key in keys
    ]
    if json:
        print_json(rows)
    else:
        print_table(rows)


async def revoke(which: Which, *, json: Json = False) -> None:
    """End a key at once, in every process."""
    shown = key_in(which)
    prefix = which.removeprefix("dspex_") if shown is None else shown.prefix
    async with local_session(Context(LOCAL)) as session:
        found = await every_one(session, ApiKey.browse, ApiKey.prefix == prefix)
        if not found:
            raise NotFound("there is no such key", hint="dspex key list")
        key = await session.update(ApiKey.revoke, found[0].id)
    if json:
        print_json({"prefix": key.prefix, "revoked_at": key.revoked_at})
    else:
        tell(f"{key.prefix} is revoked")


key = CommandGroup("Make, list and revoke API keys.", (create, list_, revoke))
