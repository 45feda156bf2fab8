from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

import pytest

from framework.actions.step import Change
from framework.compiler.domain import Domain, problems_of
from framework.declare.actions import Action, Create, Update
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.spec.action import Scope


@dataclass(frozen=True, slots=True)
class Reading(Change):
    """Looks at the record."""

    needs_record: ClassVar[bool] = True


class Note(Resource):
    """A note."""

    id: Attr[UUID] = primary_key()
    text: Attr[str] = attribute()
    edit = Update(accept=[text], steps=[Reading()])
    read_aloud = Action(verb("shop.verbs:read_aloud"), steps=[Reading()])


@pytest.mark.parametrize(
    "action", [Create(steps=[Reading()]), Action(verb("shop.verbs:sort"), scope=Scope.RESOURCE, steps=[Reading()])]
)
def test_a_step_that_reads_the_record_is_refused_where_there_is_none(action: Create | Action) -> None:
    class Letter(Resource):
        """A letter."""

        id: Attr[UUID] = primary_key()
        begin = action

    (problem,) = problems_of(Domain("post", [Letter]))
    assert problem.path == "Letter.begin"
    assert "reads the record" in problem.says


def test_a_step_reads_the_record_of_an_update_and_of_a_verb_about_one() -> None:
    assert problems_of(Domain("notes", [Note])) == ()
