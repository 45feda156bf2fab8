"""A user: a person who acts here, by a key, a password or the login of their organisation."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from framework.declare.actions import Create, Read, Update
from framework.declare.attributes import Attr, attribute, created_at, primary_key, updated_at
from framework.declare.policies import allow
from framework.declare.relationships import Many, has_many
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.expr.build import actor
from resources.accounts.callers.forget_callers import forget_callers
from resources.accounts.ends_sessions import ends_sessions
from resources.accounts.keeps_an_owner import keeps_an_owner
from resources.accounts.normalized_email import normalized_email
from resources.accounts.roles import by_the_system_alone, owners_may_everything
from resources.accounts.set_values import set_values

if TYPE_CHECKING:
    from resources.accounts.api_key import ApiKey
    from resources.accounts.membership import Membership

EMAIL = r"^[^@\s]+@[^@\s]+$"


class User(Resource):
    """A person, known by an email address. One who is disabled can do nothing, and neither can their keys."""

    id: Attr[UUID] = primary_key()
    email: Attr[str] = attribute(max_length=320, pattern=EMAIL)
    name: Attr[str] = attribute(default="", max_length=200)
    active: Attr[bool] = attribute(default=True)
    is_owner: Attr[bool] = attribute(default=False, doc="Whether they may do everything in this installation.")
    password_hash: Attr[str | None] = attribute(default=None, max_length=500, private=True, sensitive=True)
    oidc_issuer: Attr[str | None] = attribute(default=None, max_length=500, private=True)
    oidc_subject: Attr[str | None] = attribute(default=None, max_length=500, private=True)
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()

    memberships: Many[Membership] = has_many()
    keys: Many[ApiKey] = has_many()

    browse = Read(orders=[email])
    register = Create(
        accept=[email, name, is_owner, oidc_issuer, oidc_subject], steps=[normalized_email()], private=True
    )
    disable = Update(
        steps=[set_values(active=False), keeps_an_owner(), ends_sessions(), forget_callers()], private=True
    )
    enable = Update(steps=[set_values(active=True)], private=True)
    set_password = Update(accept=[password_hash], steps=[ends_sessions(), forget_callers()], private=True)
    link_login = Update(accept=[oidc_issuer, oidc_subject], private=True)

    policies = [
        owners_may_everything(),
        allow(browse).when(
            (id == actor("user_id"))
            | memberships.any(lambda own: own.project.memberships.any(lambda each: each.user_id == actor("user_id")))
        ),
        by_the_system_alone(register, disable, enable, set_password, link_login),
    ]

    unique_email = identity(email.lower(), message="another user has this email")
    unique_login = identity(oidc_issuer, oidc_subject, message="another user logs in so")
