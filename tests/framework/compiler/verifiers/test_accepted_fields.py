from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from framework.declare.actions import Create, Read, Update, argument
from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.resource import Resource
from framework.types.resolve import THERE_ARE

Problems = Callable[..., list[str]]


def test_only_what_a_caller_may_give_is_accepted(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        secret: Attr[str] = attribute(private=True)
        made: Attr[object] = created_at()  # type: ignore[assignment]  # the type is wrong as well

        browse = Read()
        write = Create(accept=[id, title])
        rewrite = Update(accept=["titel", title, title, browse])
        seal = Update(accept=[secret])
        hide = Update(accept=[secret], private=True)

    assert problems(Note) == [
        f"`Note.made`: there is no type for object; {THERE_ARE}",
        "`Note.write.accept`: `id` is generated, so nobody may write it (leave it out)",
        "`Note.rewrite.accept`: `titel` is not an attribute (did you mean `title`?)",
        "`Note.rewrite.accept`: `title` is said twice",
        "`Note.rewrite.accept`: `browse` is not an attribute",
        (
            "`Note.seal.accept`: `secret` is private, so no caller can give it "
            "(make the action private, or take the value as an argument)"
        ),
    ]


def test_arguments_have_names_of_their_own(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        write = Create(accept=[title], arguments={"title": argument(str), "id": argument(str)})

    assert problems(Note) == [
        "`Note.write.arguments.title`: is accepted as an attribute too (rename the argument)",
        "`Note.write.arguments.id`: `id` says which record (rename the argument)",
    ]
