"""The commands about users."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from framework.actions.session import Session
from framework.cli.command import CommandGroup
from framework.cli.local_session import local_session
from framework.cli.output import Json, print_json, print_table, tell
from framework.context import Context
from framework.errors import Invalid
from resources.accounts.callers.actors import LOCAL
from resources.accounts.password import hash_of
from resources.accounts.user import User
from resources.cli.people import every_one, the_user

Email = Annotated[str, typer.Argument(help="Their email address.")]
Name = Annotated[str, typer.Option(help="What they are called.")]
Owner = Annotated[bool, typer.Option("--owner", help="They may do everything in this installation.")]
FromStdin = Annotated[bool, typer.Option("--stdin", help="Read the password from standard input.")]


async def create(email: Email, *, name: Name = "", owner: Owner = False, json: Json = False) -> None:
    """Add somebody; `dspex key create --user` lets them in."""
    async with local_session(Context(LOCAL)) as session:
        made = await session.create(User.register, {"email": email, "name": name, "is_owner": owner})
    _said(made, "is a user now", json=json)


async def list_(*, json: Json = False) -> None:
    """List the users."""
    async with local_session(Context(LOCAL)) as session:
        users = await every_one(session, User.browse)
    rows = [_row(user) for user in users]
    if json:
        print_json(rows)
    else:
        print_table(rows)


async def disable(email: Email, *, json: Json = False) -> None:
    """Shut somebody out, with all their keys, at once."""
    async with local_session(Context(LOCAL)) as session:
        user = await session.update(User.disable, (await the_user(session, email)).id)
    _said(user, "is disabled", json=json)


async def enable(email: Email, *, json: Json = False) -> None:
    """Let somebody in again, with the keys they had."""
    async with local_session(Context(LOCAL)) as session:
        user = await session.update(User.enable, (await the_user(session, email)).id)
    _said(user, "is enabled", json=json)


async def password(email: Email, *, stdin: FromStdin = False, json: Json = False) -> None:
    """Give somebody a password to log in with."""
    given = _password(stdin=stdin)
    async with local_session(Context(LOCAL)) as session:
        user = await the_user(session, email)
        await _set_password(session, user, given)
    _said(user, "has a new password", json=json)


async def _set_password(session: Session, user: User, given: str) -> None:
    kept = await asyncio.to_thread(hash_of, given)
    await session.update(User.set_password, user.id, {"password_hash": kept})


def _password(*, stdin: bool) -> str:
    """What is typed is not shown, and nothing of it stands in the history of a shell."""
    if stdin:
        line = typer.get_text_stream("stdin").readline().rstrip("\n")
        if not line:
            raise Invalid("standard input has no password", code="required", path=("password",))
        return line
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _row(user: User) -> dict[str, object]:
    return {"email": user.email, "name": user.name, "owner": user.is_owner, "active": user.active, "id": user.id}


def _said(user: User, what: str, *, json: bool) -> None:
    if json:
        print_json(_row(user))
    else:
        tell(f"{user.email} {what}")


user = CommandGroup("Add, list and shut out users.", (create, list_, disable, enable, password))
