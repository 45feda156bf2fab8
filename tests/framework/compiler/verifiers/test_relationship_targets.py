from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import calculate, count
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.spec.relationship import OnDelete

Problems = Callable[..., list[str]]


class Unlisted(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()


class Team(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    members: Many[Member] = has_many()


class Member(Resource):
    id: Attr[UUID] = primary_key()
    team: One[Team] = belongs_to()
    second_team: One[Team] = belongs_to()
    stranger: One[Unlisted] = belongs_to()
    stranger_name: Attr[str] = calculate(stranger.name)
    things: Many[Unlisted] = has_many()
    thing_count: Attr[int] = count(things)
    mates: Many[Member] = has_many()
    gone: One[Team] = belongs_to(on_delete=OnDelete.SET_NULL)


def test_a_link_leads_to_a_stored_resource_and_back(problems: Problems) -> None:
    assert problems(Team, Member) == [
        '`Team.members`: could be the inverse of `team`, `second_team`, `gone` (say `has_many("team")`)',
        "`Member.stranger`: `Unlisted` is not a stored resource of the domain (list it in the domain)",
        "`Member.things`: `Unlisted` is not a stored resource of the domain (list it in the domain)",
        "`Member.mates`: `Member` has no `belongs_to` that leads back to `Member`",
        "`Member.gone`: cannot be set to null on delete (say `One[Team | None]`)",
    ]


def test_via_names_the_way_back(problems: Problems) -> None:
    class Club(Resource):
        id: Attr[UUID] = primary_key()
        players: Many[Player] = has_many("club")
        guests: Many[Player] = has_many("visits")
        lost: Many[Player] = has_many("clubb")

    class Player(Resource):
        id: Attr[UUID] = primary_key()
        club: One[Club] = belongs_to()
        visits: One[Club | None] = belongs_to()

    assert problems(Club, Player) == [
        "`Club.lost`: `Player` has no `belongs_to` named `clubb` that leads back to `Club` (did you mean `club`?)"
    ]
