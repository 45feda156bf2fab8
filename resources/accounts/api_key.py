"""An API key: what a program shows to act as its user, in as much as its scopes allow."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from framework.declare.actions import Action, Create, Read, Update, argument
from framework.declare.attributes import NOW, Attr, attribute, created_at, primary_key
from framework.declare.policies import allow
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.declare.verbs import verb
from framework.expr.build import actor
from framework.spec.action import Scope
from framework.spec.relationship import OnDelete
from resources.accounts.callers.forget_callers import forget_callers
from resources.accounts.project import Project
from resources.accounts.roles import owners_may_everything
from resources.accounts.set_values import set_values
from resources.accounts.user import User


class IssuedKey(BaseModel):
    """A key that was made just now. The key itself is told this once, and kept nowhere."""

    id: UUID
    prefix: str
    key: str


class ApiKey(Resource):
    """A key, known by its prefix. Of its secret a digest alone is kept, worth nothing without this server's own."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute(min_length=1, max_length=200)
    prefix: Attr[str] = attribute(max_length=12, doc="How it begins, after `dspex_`: enough to tell it from others.")
    digest: Attr[str] = attribute(max_length=64, private=True, sensitive=True)
    scopes: Attr[list[str]] = attribute(
        default_factory=lambda: ["*"],
        doc="What it may be used for: `read`, `Program.execute`, `Dataset.*`, or `*` for all that its user may do.",
    )
    expires_at: Attr[datetime | None] = attribute(default=None)
    last_used_at: Attr[datetime | None] = attribute(default=None, doc="To the minute.")
    revoked_at: Attr[datetime | None] = attribute(default=None)
    created_at: Attr[datetime] = created_at()

    user_id: Attr[UUID]
    user: One[User] = belongs_to(on_delete=OnDelete.CASCADE)
    project_id: Attr[UUID | None]
    project: One[Project | None] = belongs_to(on_delete=OnDelete.CASCADE, doc="The one project that it is for.")

    browse = Read(orders=[created_at.desc()])
    issue = Action(
        verb("resources.accounts.issue_key"),
        arguments={
            "name": argument(str, doc="What it is for."),
            "scopes": argument(list[str], default=["*"], doc="What it may be used for."),
            "user_id": argument(UUID | None, default=None, doc="Whom it is for; whoever asks, unless said."),
            "project_id": argument(UUID | None, default=None, doc="The one project that it is for."),
            "expires_at": argument(datetime | None, default=None),
        },
        returns=IssuedKey,
        scope=Scope.RESOURCE,
        doc="Makes a key, and tells it this once.",
    )
    store = Create(accept=[name, prefix, digest, scopes, user, project, expires_at], private=True)
    revoke = Update(
        steps=[set_values(revoked_at=NOW), forget_callers()],
        private=True,
        doc="Ends it at once, in every process.",
    )

    policies = [
        owners_may_everything(),
        allow(browse, store, revoke).when(user.id == actor("user_id")),
        # Whom it is for, and how far it reaches, the action itself holds to what its caller may.
        allow(issue).unless(actor("user_id").is_null()),
    ]

    unique_prefix = identity(prefix, message="another key begins so")
