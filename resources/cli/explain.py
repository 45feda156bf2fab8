"""The command that tells why somebody may do something, or may not: rule by rule."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from framework.actions.permission.explained import ExplainedRule, Explanation, explained
from framework.actions.session import Session
from framework.callers.authenticates import Authenticates
from framework.cli.local_session import local_session
from framework.cli.output import Json, print_json
from framework.context import Actor, Context
from framework.errors import Invalid, NotFound
from framework.spec.action import ActionSpec
from framework.spec.domain import DomainSpec
from framework.suggest import did_you_mean
from resources.accounts.api_key import ApiKey
from resources.accounts.callers.actors import KEY, LOCAL, USER
from resources.accounts.callers.key_text import key_in
from resources.cli.people import every_one, the_user

STDIN = "-"
SAYS = {True: "allowed", False: "refused", None: "neither allowed nor refused as yet"}
ActionName = Annotated[str, typer.Argument(metavar="ACTION", help="As in a key's scopes: Program.execute.")]
Id = Annotated[str | None, typer.Argument(help="The record that it is about.")]
Who = Annotated[
    str,
    typer.Option("--as", help="The prefix of a key, the email of a user, or - for a key on standard input."),
]


async def explain(action: ActionName, id: Id = None, *, who: Who, json: Json = False) -> None:  # noqa: A002
    """Tell whether somebody may do something, with every rule about it and what it comes to."""
    named = typer.get_text_stream("stdin").readline().strip() if who == STDIN else who
    async with local_session(Context(LOCAL)) as session:
        spec = _action(session.domain, action)
        callers: Authenticates = session.services[Authenticates]
        theirs = callers.engine.session(Context(await _actor(session, callers, named)))
        found = await explained(theirs, spec, id)
    if json:
        print_json({"action": action, **asdict(found)})
    else:
        _print(found, f"{spec.resource}.{spec.name}")


def _action(domain: DomainSpec, name: str) -> ActionSpec:
    every = {f"{a.resource}.{a.name}": a for spec in domain.resources.values() for a in spec.actions.values()}
    if name not in every:
        says = f"there is no action `{name}`"
        raise NotFound(says, path=("action",), hint=did_you_mean(name, every) or "dspex show")
    return every[name]


async def _actor(session: Session, callers: Authenticates, named: str) -> Actor:
    """Who that is today; nothing of a key itself is said again."""
    if "@" in named:
        kind, found = USER, (await the_user(session, named)).id
    else:
        shown = key_in(named)
        prefix = named.removeprefix("dspex_") if shown is None else shown.prefix
        keys = await every_one(session, ApiKey.browse, ApiKey.prefix == prefix)
        if not keys:
            raise NotFound("there is no such key", path=("as",), hint="dspex key list")
        kind, found = KEY, keys[0].id
    actor = await callers.actor_again(kind, str(found))
    if actor is None:
        says = "they may do nothing any more: the key has ended, or its user is disabled"
        raise Invalid(says, code="ended", path=("as",), hint="dspex key list")
    return actor


def _print(found: Explanation, action: str) -> None:
    console = Console(highlight=False)
    why = "" if found.why is None else f": {found.why}"
    console.print(f"[bold]{escape(action)}[/bold]  {SAYS[found.allowed]}{escape(why)}", soft_wrap=True)
    if not found.rules:
        return
    table = Table("", "rule", "says", "comes to", box=None)
    for rule in found.rules:
        table.add_row("→" if rule.decided else "", rule.effect, escape(rule.says), _comes_to(rule))
    console.print(table)


def _comes_to(rule: ExplainedRule) -> str:
    return "is about other actions" if rule.answer is None else rule.answer
