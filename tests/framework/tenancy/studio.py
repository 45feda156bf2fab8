"""Two organizations whose projects and tasks are their own, and a catalog that is everybody's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from framework import (
    STANDARD,
    Actor,
    Attr,
    Change,
    Context,
    Create,
    Destroy,
    Domain,
    Job,
    Many,
    OnDelete,
    One,
    Read,
    Resource,
    Scope,
    Update,
    attribute,
    belongs_to,
    by_column,
    count,
    enqueue,
    has_many,
    identity,
    primary_key,
    verb,
)
from framework.actions.changeset import Changeset

ACME, OTHER = UUID("01900000-0000-7000-8000-00000000000a"), UUID("01900000-0000-7000-8000-00000000000b")


def within(tenant: UUID | None, person: str = "ann") -> Context:
    """Somebody who acts in a tenant."""
    return Context(Actor("user", person), tenant=None if tenant is None else str(tenant))


@dataclass(frozen=True, slots=True)
class Smuggle(Change):
    """Sets another tenant than the one of the call."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        return [changeset.setting(organization_id=OTHER) for changeset in changesets]


@dataclass(frozen=True, slots=True)
class Elsewhere(Change):
    """Leads to a project that the argument names, unlooked at."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        return [changeset.setting(project_id=UUID(changeset.values["title"])) for changeset in changesets]


class Organization(Resource):
    """A tenant."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    projects: Many[Project] = has_many()
    project_count: Attr[int] = count(projects)

    browse = Read()
    found = Create(accept=[name], private=True)


class Project(Resource):
    """What tasks belong to."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    code: Attr[str | None] = attribute(default=None)
    organization: One[Organization] = belongs_to()
    tasks: Many[Task] = has_many()
    task_count: Attr[int] = count(tasks)

    browse = Read(orders=["name"])
    begin = Create(accept=[name, code])
    smuggle = Create(accept=[name], steps=[Smuggle()])
    rename = Update(accept=[name])
    move = Update(steps=[Smuggle()])
    close = Destroy()
    weigh = Update(steps=[enqueue("weighed")])
    weighed = Job(verb("tests.framework.tenancy.weighing:weigh"), queue="studio")
    survey = Update(steps=[enqueue("surveyed")])
    surveyed = Job(verb("tests.framework.tenancy.weighing:survey"), queue="studio", scope=Scope.RESOURCE)

    one_name = identity(name)
    one_code = identity(code, across_tenants=True)
    tenancy = by_column(organization)


class Task(Resource):
    """Work on a project."""

    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute()
    organization_id: Attr[UUID] = attribute()
    project: One[Project] = belongs_to(on_delete=OnDelete.CASCADE)
    after: One[Task | None] = belongs_to(on_delete=OnDelete.SET_NULL)

    browse = Read()
    plan = Create(accept=[title, project, after])
    stray = Create(accept=[title], steps=[Elsewhere()])
    edit = Update(accept=[title, project, after])
    drop = Destroy()

    tenancy = by_column(organization_id)


class Article(Resource):
    """Of everybody's catalog."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    project: One[Project | None] = belongs_to(on_delete=OnDelete.SET_NULL)

    browse = Read()
    add = Create(accept=[name, project])


STUDIO = Domain("studio", [Organization, Project, Task, Article], STANDARD)
