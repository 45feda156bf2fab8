"""A browser session: somebody who logged in with a browser, until they log out or it ends by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from framework.declare.actions import Create, Destroy, Read
from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import identity, retention
from framework.spec.relationship import OnDelete
from resources.accounts.callers.forget_callers import forget_callers
from resources.accounts.roles import by_the_system_alone, owners_may_everything
from resources.accounts.user import User


class BrowserSession(Resource):
    """A cookie that was given out. Of its token, and of what its pages have to say, digests alone are kept."""

    id: Attr[UUID] = primary_key()
    digest: Attr[str] = attribute(max_length=64, private=True, sensitive=True)
    csrf_digest: Attr[str] = attribute(max_length=64, private=True, sensitive=True)
    expires_at: Attr[datetime] = attribute()
    created_at: Attr[datetime] = created_at()

    user: One[User] = belongs_to(on_delete=OnDelete.CASCADE)

    browse = Read(private=True)
    begin = Create(accept=[digest, csrf_digest, expires_at, user], private=True)
    end = Destroy(steps=[forget_callers()], private=True)

    policies = [owners_may_everything(), by_the_system_alone(browse, begin, end)]

    unique_token = identity(digest)
    ended = retention(after=timedelta(days=1), since=expires_at)
