"""The condition of a query made in Python is held to the types of what it speaks of, wherever it narrows."""

from __future__ import annotations

from typing import Any

import pytest

from framework.actions.query import Query
from framework.actions.session import Session
from framework.errors import Invalid
from framework.expr.nodes import Among, Arg, Compare, Comparison, Match, Matching, Node, Ref, Some, Value, along
from tests.framework.actions.conftest import Folder, Note

GT, EQ = Comparison.GT, Comparison.EQ
WRONG: dict[str, tuple[Node, str]] = {
    "values of two types": (Compare(GT, Ref("size"), Value("x")), "size is of the type integer and 'x' of the type"),
    "the same, behind a link": (Compare(EQ, along("folder", "name"), Value(3)), "folder.name is of the type string"),
    "one of many": (Among(Ref("size"), (1, 2, "x")), "size is of the type integer and 'x' of the type string"),
    "a pattern of a number": (Match(Matching.LIKE, Ref("size"), Value("x%")), "takes texts"),
    "no condition": (Ref("title"), "title is of the type string, not a condition"),
    "a value that is not there": (Compare(EQ, Ref("titel"), Value("x")), "Note has no titel"),
    "a link that is not there": (Some("folders", Value(value=True)), "Note has no folders"),
    "an argument that is not there": (Compare(EQ, Ref("title"), Arg("most")), "there is no argument most"),
}


@pytest.mark.parametrize(("condition", "says"), WRONG.values(), ids=WRONG)
async def test_a_condition_that_cannot_hold_is_refused_by_every_read(
    session: Session, condition: Node, says: str
) -> None:
    query, browse = Query().where(condition), session.spec(Note.browse)
    asked: list[Any] = [session.page(browse, query), session.total(browse, query), session.find(browse, [], query)]
    for each in asked:
        with pytest.raises(Invalid) as caught:
            await each
        (issue,) = caught.value.issues
        assert issue.code == "wrong_condition"
        assert says in issue.message.replace("`", "")


async def test_the_condition_of_what_is_loaded_is_looked_at_too(session: Session) -> None:
    folder = await session.create(Folder.create, {"name": "box"})
    await session.create(Note.write, {"title": "a", "folder_id": folder.id})
    wrong = Query().where(Compare(GT, Ref("size"), Value("x")))
    with pytest.raises(Invalid, match="`size` is of the type integer"):
        await session.read(Folder.browse, Query().loading(notes=wrong))


async def test_all_that_is_wrong_is_told_at_once(session: Session) -> None:
    query = Query().where(Compare(GT, Ref("size"), Value("x"))).where(Compare(EQ, Ref("titel"), Value("x")))
    with pytest.raises(Invalid) as caught:
        await session.read(Note.browse, query)
    assert [issue.hint for issue in caught.value.issues] == ["compare values of one type", "did you mean `title`?"]


async def test_conditions_whose_types_go_together_are_asked(session: Session) -> None:
    note = await session.create(Note.write, {"title": "a"})
    for condition in (
        Compare(GT, Ref("size"), Value(-0.5)),
        Compare(EQ, Ref("id"), Value(str(note.id))),
        Among(Ref("id"), (note.id, str(note.id))),
        Compare(EQ, along("folder", "name"), Value(None)),
    ):
        await session.read(Note.browse, Query().where(condition))
