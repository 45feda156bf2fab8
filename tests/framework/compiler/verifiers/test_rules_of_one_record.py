from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import calculate
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.rules import check, identity, index
from framework.expr.build import actor, argument_value, moment

Problems = Callable[..., list[str]]


def test_the_database_sees_one_record_alone(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        size: Attr[int] = attribute()
        made: Attr[datetime] = attribute()
        double: Attr[int] = calculate(size + size)
        parent: One[Note | None] = belongs_to()
        notes: Many[Note] = has_many()
        fine = check(size > 0)
        one = check(parent.size > 0)
        two = check(double > 0)
        three = check(notes.any(lambda n: n.size > 0))
        four = identity(size, where=actor("id") == id)
        five = index(size, where=made > moment())
        six = check(size > argument_value("x"))

    end = ", and the database sees only the stored values of one record here"
    assert problems(Note) == [
        f"`Note.one`: `parent.size` is another record's{end}",
        f"`Note.two`: `double` is derived{end}",
        f"`Note.three`: `notes` leads to other records{end}",
        f"`Note.four.where`: `id` is the actor's{end}",
        f"`Note.index.where`: `now` changes from moment to moment{end}",
        "`Note.six`: there is no argument `x`",
        f"`Note.six`: `x` is an argument{end}",
    ]
