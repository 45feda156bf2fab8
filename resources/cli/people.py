"""Those whom commands about users name: by email, by slug."""

from __future__ import annotations

from typing import TypeVar

from framework.actions.query import Query
from framework.actions.session import Session
from framework.declare.actions import ReadRef
from framework.declare.resource import Resource
from framework.errors import Invalid, NotFound
from framework.expr.build import Expr
from resources.accounts.project import Project
from resources.accounts.user import User

R = TypeVar("R", bound=Resource)
MOST = 500


async def the_user(session: Session, email: str) -> User:
    """The user with this email; raises NotFound."""
    found = await every_one(session, User.browse, User.email.lower() == email.strip().lower())
    return _only(found, f"there is no user {email}", "dspex user list")


async def the_project(session: Session, slug: str) -> Project:
    """The project with this slug; raises NotFound."""
    return _only(await every_one(session, Project.browse, Project.slug == slug), f"there is no project {slug}", None)


async def the_owner(session: Session) -> User:
    """The one owner there is; raises Invalid where it is not clear who is meant."""
    owners = await every_one(session, User.browse, User.is_owner & User.active)
    if len(owners) == 1:
        return owners[0]
    says = "there is no owner yet" if not owners else "there are several owners: say whom it is for"
    hint = "dspex user create you@example.com --owner" if not owners else "--user you@example.com"
    raise Invalid(says, code="whose", path=("user",), hint=hint)


async def every_one(session: Session, read: ReadRef[R], where: Expr[bool] | None = None) -> list[R]:
    """Those found by a read, up to as many as a page holds."""
    query = Query().limited(MOST)
    return await session.read(read, query if where is None else query.where(where))


def _only(found: list[R], says: str, hint: str | None) -> R:
    if not found:
        raise NotFound(says, hint=hint)
    return found[0]
