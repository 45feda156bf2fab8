"""The command that prints what a resource became."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from framework.actions.pipeline import plan
from framework.cli.declared import declared
from framework.cli.output import Json, print_json
from framework.errors import NotFound
from framework.policy.rights import rights_of
from framework.spec.action import ActionSpec
from framework.spec.domain import DomainSpec
from framework.spec.dump import dump_resource
from framework.spec.resource import ResourceSpec
from framework.suggest import did_you_mean
from framework.types.type import Type

Name = Annotated[str | None, typer.Argument(help="A resource, as it is called in its file; all of them without it.")]


def show(name: Name = None, *, json: Json = False) -> None:
    """Print what a resource became: its fields, its links, its actions, how each is carried out, and who may."""
    domain = declared().spec
    if name is None:
        _list(domain, json=json)
        return
    if name not in domain.resources:
        raise NotFound(f"there is no resource `{name}`", path=("name",), hint=did_you_mean(name, domain.resources))
    spec = domain.resources[name]
    if json:
        plans = {action.name: plan(action) for action in spec.actions.values() if action.writes}
        print_json({**dump_resource(spec), "plans": plans})
        return
    console = Console(highlight=False)
    console.print(f"[bold]{escape(spec.name)}[/bold]  {escape(spec.doc)}")
    for table in (_fields(spec), _links(spec), _actions(spec), _policies(spec)):
        if table.row_count:
            console.print(table)


def _list(domain: DomainSpec, *, json: bool) -> None:
    if json:
        print_json([{"name": spec.name, "doc": spec.doc} for spec in domain.resources.values()])
        return
    table = Table("resource", "what it is", box=None)
    for spec in domain.resources.values():
        table.add_row(escape(spec.name), escape(spec.doc.partition("\n")[0]))
    Console(highlight=False).print(table)


def _fields(spec: ResourceSpec) -> Table:
    table = Table("field", "type", "", "what it is", box=None, title="fields", title_justify="left")
    for attribute in spec.attributes.values():
        said = ("key", attribute.primary_key), ("required", attribute.required), ("sensitive", attribute.sensitive)
        words = [word for word, holds in (*said, ("private", not attribute.public)) if holds]
        table.add_row(attribute.name, escape(_type(attribute.type)), ", ".join(words), escape(attribute.doc))
    for derived in spec.derived.values():
        table.add_row(derived.name, escape(_type(derived.type)), "derived", escape(derived.doc))
    return table


def _links(spec: ResourceSpec) -> Table:
    table = Table("link", "leads to", "by", box=None, title="links", title_justify="left")
    for link in spec.relationships.values():
        many = "many " if link.many else ""
        table.add_row(link.name, f"{many}{link.target}", f"{link.attribute} = {link.target}.{link.target_attribute}")
    return table


def _actions(spec: ResourceSpec) -> Table:
    table = Table("action", "takes", "how", box=None, title="actions", title_justify="left")
    for action in spec.actions.values():
        shown = action.name if action.public else f"{action.name} (private)"
        table.add_row(f"{action.kind} {shown}", ", ".join((*action.accept, *action.arguments)), escape(_how(action)))
    return table


def _policies(spec: ResourceSpec) -> Table:
    table = Table("of", "rule", "says", box=None, title="who may", title_justify="left")
    for right in rights_of(spec):
        table.add_row(right.about, right.effect, escape(right.says))
    return table


def _how(action: ActionSpec) -> str:
    steps = [step.says().rstrip(".") for step in action.steps]
    if action.run is not None:
        steps.append(f"runs {action.run}")
    if action.writes:
        steps.append(plan(action))
    return "; ".join(steps)


def _type(kind: Type) -> str:
    name = getattr(kind.python, "__name__", str(kind.kind)) if kind.choices else str(kind.kind)
    inner = "" if kind.item is None else f"[{_type(kind.item)}]"
    return f"{name}{inner}" + (" | null" if kind.nullable else "")
