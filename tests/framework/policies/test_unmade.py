"""What a store refuses is told to whoever may make such a record; to others it is forbidden, whatever is there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from framework import (
    Actor,
    Attr,
    Change,
    Conflict,
    Context,
    Create,
    Domain,
    Failure,
    Forbidden,
    Invalid,
    Many,
    NotFound,
    One,
    Read,
    Request,
    Resource,
    Update,
    actor,
    allow,
    attribute,
    belongs_to,
    bypass,
    count,
    has_many,
    identity,
    primary_key,
)
from framework.actions.changeset import Changeset
from framework.actions.engine import Engine
from framework.actions.session import Session
from framework.identifiers import uuid7
from framework.sql.layer import SqlLayer
from framework.sql.watch import watched
from framework.testing.engines import in_memory, in_postgres


class Member(Resource):
    """That somebody is of a team."""

    id: Attr[UUID] = primary_key()
    person: Attr[str] = attribute()
    team: One[Team] = belongs_to()
    badges: Many[Badge] = has_many()

    browse = Read()
    join = Create(accept=[person, team])

    policies = [bypass(actor("id") == "system"), allow(browse, join).when(person == actor("id"))]


class Badge(Resource):
    """What somebody wears."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    member: One[Member] = belongs_to()

    browse = Read()
    give = Create(accept=[name, member])

    policies = [allow()]


class Team(Resource):
    """Who work together."""

    id: Attr[UUID] = primary_key()
    lead: Attr[str] = attribute()
    members: Many[Member] = has_many()
    cards: Many[Card] = has_many()

    size: Attr[int] = count(members)
    busy: Attr[int] = count(cards)

    browse = Read()
    found = Create(accept=[lead])

    policies = [allow()]


class Guarded(Change):
    """Is made in a team without any other card."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        """Looked at as it is made."""
        return [changeset.guarded(Card.team.busy <= 1) for changeset in changesets]


class Heavier(Change):
    """Weighs as much as there are cards of its team so far."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        """Worked out by the store."""
        return [changeset.setting(weight=Card.team.busy) for changeset in changesets]


class PutOff(Change):
    """Is put off by as long as there is."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        """Further away than any moment is."""
        return [changeset.setting(due=Card.due + timedelta(days=2_000_000)) for changeset in changesets]


class Card(Resource):
    """What has a code of its own among all teams' cards."""

    id: Attr[UUID] = primary_key()
    code: Attr[str] = attribute()
    weight: Attr[int] = attribute(default=1)
    due: Attr[datetime] = attribute(default=datetime(9000, 1, 1, tzinfo=UTC))
    team: One[Team] = belongs_to()

    browse = Read()
    write = Create(accept=[code, weight, team])
    by_a_member = Create(accept=[code, team])
    in_small_teams = Create(accept=[code, team])
    light = Create(accept=[code, weight, team])
    in_pairs = Create(accept=[code, team])
    in_known_teams = Create(accept=[code, team])
    hand_over = Update(accept=[code, team])
    hand_over_weighed = Update(accept=[code, team], steps=[Heavier()])
    put_off = Update(accept=[team], steps=[PutOff()])
    write_guarded = Create(accept=[code, team], steps=[Guarded()])

    unique_code = identity(code)
    policies = [
        allow(browse, write, hand_over, put_off).when(team.lead == actor("id")),
        allow(by_a_member).when(team.members.any(lambda each: each.person == actor("id"))),
        # The card itself is one of those that are counted.
        allow(in_small_teams).when(team.busy <= 1),
        allow(light).when(weight < 5),
        allow(in_pairs).when(team.busy >= 3),
        allow(in_known_teams).when(team.members.any(lambda each: each.badges.any(lambda badge: badge.name == "gold"))),
        allow(hand_over_weighed).when((team.lead != "nobody") & (weight >= 1)),
        allow(write_guarded).when(team.lead == actor("id")),
    ]


CARDS = Domain("cards", [Team, Member, Badge, Card])


@dataclass(frozen=True, slots=True)
class Cards:
    """Ann leads a team with a card of code `mine`, and dan is of it; cid leads one with a card of code `theirs`."""

    engine: Engine
    ours: Any
    others: Any
    mine: Any

    def by(self, person: str) -> Session:
        return self.engine.session(Context(Actor("user", person)))


@pytest.fixture(params=["memory", "postgres"])
async def cards(request: pytest.FixtureRequest, fresh_database_url: str) -> AsyncIterator[Cards]:
    opened = in_memory(CARDS) if request.param == "memory" else in_postgres(CARDS, url=fresh_database_url)
    async with opened as engine:
        system = engine.system("the test prepares")
        ours, others = await system.create_all(Team.found, [{"lead": "ann"}, {"lead": "cid"}])
        await system.create(Member.join, {"person": "dan", "team_id": ours.id})
        mine = await system.create(Card.write, {"code": "mine", "team_id": ours.id})
        await system.create(Card.write, {"code": "theirs", "team_id": others.id})
        yield Cards(engine, ours, others, mine)


@pytest.mark.parametrize("code", ["theirs", "free"])
@pytest.mark.parametrize(
    ("person", "create"), [("ann", Card.write), ("dan", Card.by_a_member), ("ann", Card.in_small_teams)]
)
async def test_a_create_that_is_not_allowed_is_forbidden_whether_or_not_its_values_are_taken(
    cards: Cards, person: str, create: Any, code: str
) -> None:
    with pytest.raises(Forbidden) as caught:
        await cards.by(person).create(create, {"code": code, "team_id": cards.others.id})
    assert str(caught.value) == f"`Card.{create.name}` is not allowed"


@pytest.mark.parametrize("code", ["theirs", "free"])
async def test_values_of_the_record_itself_are_looked_at_as_they_would_be(cards: Cards, code: str) -> None:
    with pytest.raises(Forbidden):
        await cards.by("ann").create(Card.light, {"code": code, "team_id": cards.others.id, "weight": 7})


@pytest.mark.parametrize(("person", "create"), [("ann", Card.write), ("dan", Card.by_a_member), ("ann", Card.light)])
async def test_whoever_may_is_told_that_the_values_are_taken(cards: Cards, person: str, create: Any) -> None:
    with pytest.raises(Conflict, match="another card has this `code`"):
        await cards.by(person).create(create, {"code": "theirs", "team_id": cards.ours.id})
    await cards.by(person).create(create, {"code": "free", "team_id": cards.ours.id})


async def test_the_record_itself_counts_among_those_around_it(cards: Cards) -> None:
    empty = await cards.engine.system("a third team").create(Team.found, {"lead": "eve"})
    with pytest.raises(Conflict, match="another card has this `code`"):
        await cards.by("ann").create(Card.in_small_teams, {"code": "theirs", "team_id": empty.id})
    with pytest.raises(Forbidden):
        await cards.by("ann").create(Card.in_small_teams, {"code": "theirs", "team_id": cards.ours.id})


@pytest.mark.parametrize("code", ["theirs", "free"])
async def test_an_update_to_what_one_may_not_touch_is_forbidden_whatever_is_taken(cards: Cards, code: str) -> None:
    with pytest.raises(Forbidden):
        await cards.by("ann").update(Card.hand_over, cards.mine.id, {"code": code, "team_id": cards.others.id})


async def test_an_update_of_what_stays_ones_own_is_told_what_is_taken(cards: Cards) -> None:
    with pytest.raises(Conflict, match="another card has this `code`"):
        await cards.by("ann").update(Card.hand_over, cards.mine.id, {"code": "theirs", "team_id": cards.ours.id})


@pytest.mark.parametrize("code", ["theirs", "free"])
async def test_of_several_those_that_are_not_allowed_are_told_first(cards: Cards, code: str) -> None:
    rows = [{"code": "mine", "team_id": cards.ours.id}, {"code": code, "team_id": cards.others.id}]
    with pytest.raises(Forbidden) as caught:
        await cards.by("ann").create_all(Card.write, rows)
    assert [issue.path for issue in caught.value.issues] == [(1,)]


async def test_nothing_is_left_of_what_was_refused_and_the_transaction_goes_on(cards: Cards) -> None:
    async with cards.by("ann").transaction() as inner:
        for team in (cards.ours, cards.others):
            with pytest.raises((Conflict, Forbidden)):
                async with inner.savepoint():
                    await inner.create(Card.write, {"code": "theirs", "team_id": team.id})
        await inner.create(Card.write, {"code": "free", "team_id": cards.ours.id})
    assert {card.code for card in await cards.by("ann").read(Card.browse)} == {"mine", "free"}


@pytest.mark.parametrize("code", ["theirs", "free"])
async def test_those_made_together_are_looked_at_together(cards: Cards, code: str) -> None:
    empty = await cards.engine.system("a third team").create(Team.found, {"lead": "eve"})
    rows = [{"code": code, "team_id": empty.id}, {"code": "other", "team_id": empty.id}]
    with pytest.raises(Forbidden) as caught:
        await cards.by("ann").create_all(Card.in_small_teams, rows)
    assert [issue.path for issue in caught.value.issues] == [(0,), (1,)]


async def test_one_that_is_allowed_beside_another_made_with_it_is_told_what_is_taken(cards: Cards) -> None:
    rows = [{"code": code, "team_id": cards.ours.id} for code in ("top", "theirs")]
    with pytest.raises(Conflict) as caught:
        await cards.by("ann").create_all(Card.in_pairs, rows)
    assert [(issue.code, issue.path) for issue in caught.value.issues] == [("taken", (1, "code"))]


async def test_a_record_that_is_hidden_is_not_found_beside_one_whose_values_are_taken(cards: Cards) -> None:
    hidden = (await cards.by("cid").read(Card.browse))[0].id
    told = []
    for key in (hidden, uuid7()):
        requests = [Request({"team_id": cards.others.id}, key), Request({"code": "theirs"}, cards.mine.id)]
        with pytest.raises(Failure) as caught:
            await cards.by("ann").perform(cards.engine.domain.action("Card", "hand_over"), requests)
        told.append((type(caught.value), [issue.path for issue in caught.value.issues]))
    assert told == [(NotFound, [(0, "id")])] * 2


@pytest.mark.parametrize(("badge", "failure"), [("gold", Conflict), ("tin", Forbidden)])
async def test_what_is_far_away_is_read_level_by_level(cards: Cards, badge: str, failure: type[Failure]) -> None:
    system = cards.engine.system("the test prepares")
    rows = [{"person": str(number), "team_id": cards.ours.id} for number in range(40)]
    members = await system.create_all(Member.join, rows)
    await system.create_all(Badge.give, [{"name": badge, "member_id": member.id} for member in members])
    sent: list[str] = []
    layer = cards.engine.layer
    with watched(layer, sent.append) if isinstance(layer, SqlLayer) else nullcontext(), pytest.raises(failure):
        await cards.by("ann").create(Card.in_known_teams, {"code": "theirs", "team_id": cards.ours.id})
    assert len(sent) < 16


async def test_what_is_worked_out_is_worked_out_of_what_is_stored(cards: Cards) -> None:
    given = {"team_id": cards.others.id, "code": "theirs"}
    with pytest.raises(Conflict, match="another card has this `code`"):
        await cards.by("ann").update(Card.hand_over_weighed, cards.mine.id, given)


async def test_a_guard_that_is_not_met_is_told_as_ever(cards: Cards) -> None:
    empty = await cards.engine.system("a third team").create(Team.found, {"lead": "ann"})
    rows = [{"code": "one", "team_id": empty.id}, {"code": "two", "team_id": empty.id}]
    with pytest.raises(Conflict, match="does not apply to such a record"):
        await cards.by("ann").create_all(Card.write_guarded, rows)


@pytest.mark.parametrize(("team", "failure"), [("ours", Invalid), ("others", Forbidden)])
async def test_what_is_out_of_range_is_told_to_whoever_may(cards: Cards, team: str, failure: type[Failure]) -> None:
    with pytest.raises(failure):
        await cards.by("ann").update(Card.put_off, cards.mine.id, {"team_id": getattr(cards, team).id})
