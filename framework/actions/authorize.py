"""The one way in: what is asked of a session is typed and authorized here, before anything is looked up or told."""

from __future__ import annotations

from collections.abc import Sequence

from framework.actions.beside import FEW, beside
from framework.actions.cast import cast
from framework.actions.changeset import Changeset
from framework.actions.permission.permits import hidden_first, permitted
from framework.actions.prepare import each_about_its_own
from framework.actions.refusals import Refuse, refuse_wrong
from framework.actions.request import Request
from framework.actions.session import Session
from framework.errors import Forbidden
from framework.spec.action import ActionSpec


async def admitted(
    session: Session, action: ActionSpec, requests: Sequence[Request], refuse: Refuse = refuse_wrong
) -> list[Changeset]:
    """A typed changeset for each request, each of them authorized; raises Forbidden, then Invalid as `refuse` does.

    Reads, writes, verbs and jobs all begin here: nothing about the input is told to those who may not ask.
    """
    resource = session.domain.resources[action.resource]
    inputs = [request.input for request in requests[:FEW]]
    typed = await beside(requests, lambda: cast(action, resource, requests), weighed=inputs)
    changesets = await authorize(session, action, typed)
    changesets = each_about_its_own(changesets) if action.writes else changesets
    changesets = await hidden_first(changesets, session)
    refuse(changesets)
    return changesets


async def authorize(session: Session, action: ActionSpec, changesets: list[Changeset]) -> list[Changeset]:
    """The changesets, each with what the policies ask of its record, refused where nothing allows the call.

    Raises Forbidden for an action of another domain.
    """
    own = session.domain.resources[action.resource].actions.get(action.name)
    if own is not action:
        raise Forbidden(f"`{action.resource}.{action.name}` is not an action of the domain `{session.domain.name}`")
    return permitted(action, changesets, session)
