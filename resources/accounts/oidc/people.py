"""Whom a provider's claims are about here: users by what the provider calls them, their roles by its groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from framework.actions.engine import Engine
from framework.actions.query import Query
from framework.actions.session import Session
from framework.context import Actor, Context
from framework.errors import Conflict, Unauthenticated
from framework.telemetry import log
from resources.accounts.membership import Membership
from resources.accounts.normalized_email import normalized
from resources.accounts.oidc.group_roles import GroupRoles
from resources.accounts.project import Project
from resources.accounts.roles import Role
from resources.accounts.user import User


@dataclass(frozen=True, slots=True)
class People:
    """Finds them, lets in who is in a group that has a role, and keeps the roles as the groups are."""

    engine: Engine
    issuer: str
    groups_claim: str
    roles: GroupRoles

    async def user(self, claims: Mapping[str, Any]) -> UUID:
        """The user; raises Unauthenticated for one who is disabled, or whom nothing lets in."""
        session = self.engine.system("a login is the server's own", Context(Actor("system", "oidc")))
        groups = claims.get(self.groups_claim)
        named = {each for each in groups if isinstance(each, str)} if isinstance(groups, list) else set[str]()
        wanted = self.roles.of(named)
        known = await self._known(session, claims) or await self._linked(session, claims)
        if known is None and wanted:
            known = await self._registered(session, claims)
        if known is None or not known.active:
            log.warning("oidc.not_let_in", disabled=known is not None)
            raise Unauthenticated
        if self.roles.any:
            await session.with_transaction(lambda inner: self._keep_roles(inner, known.id, wanted))
        return known.id

    async def _known(self, session: Session, claims: Mapping[str, Any]) -> User | None:
        """By the provider's own name for them, whatever their email has become."""
        there = (User.oidc_issuer == self.issuer) & (User.oidc_subject == claims["sub"])
        return await _first(session, there)

    async def _linked(self, session: Session, claims: Mapping[str, Any]) -> User | None:
        """By an email that the provider has seen to be theirs, once: after that, by its name for them."""
        email = _verified(claims)
        found = None if email is None else await _first(session, User.email == email)
        if found is None:
            return None
        full = await session.get(User, found.id, Query().selecting("oidc_subject", "oidc_issuer"))
        if full.oidc_subject is not None or not found.active:
            return None
        return await session.update(User.link_login, found.id, self._login(claims))

    async def _registered(self, session: Session, claims: Mapping[str, Any]) -> User | None:
        email = _verified(claims)
        if email is None:
            return None
        name = claims.get("name")
        values = {"email": email, "name": name[:200] if isinstance(name, str) else ""}
        try:
            return await session.create(User.register, {**values, **self._login(claims)})
        except Conflict:
            # Somebody else has that email here already.
            return None

    def _login(self, claims: Mapping[str, Any]) -> dict[str, Any]:
        return {"oidc_issuer": self.issuer, "oidc_subject": claims["sub"]}

    async def _keep_roles(self, session: Session, user: UUID, wanted: Mapping[str, Role]) -> None:
        """In the projects that groups speak of, the roles are what the groups say; others are left alone."""
        projects = await session.read(Project.browse, Query().where(Project.slug.one_of(sorted(self.roles.projects))))
        for project in projects:
            pair = (Membership.user_id == user) & (Membership.project_id == project.id)
            there = await session.read(Membership.browse, Query().where(pair))
            role = wanted.get(project.slug)
            if role is None and there:
                await session.destroy(Membership.remove, there[0].id)
            elif role is not None and not there:
                await session.create(Membership.add, {"user_id": user, "project_id": project.id, "role": role})
            elif role is not None and there[0].role is not role:
                await session.update(Membership.change, there[0].id, {"role": role})


async def _first(session: Session, where: Any) -> User | None:
    found = await session.read(User.browse, Query().where(where).limited(1))
    return found[0] if found else None


def _verified(claims: Mapping[str, Any]) -> str | None:
    email = claims.get("email")
    return normalized(email) if isinstance(email, str) and claims.get("email_verified") is True else None
