from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from framework.declare.actions import Create, Destroy, Read, Update, argument
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource

Problems = Callable[..., list[str]]


def test_names_that_the_framework_uses_are_taken(problems: Problems) -> None:
    class note(Resource):
        id: Attr[UUID] = primary_key()
        stored: Attr[bool] = attribute()  # type: ignore[misc]  # taken
        sections: Attr[str] = attribute()  # type: ignore[assignment,misc]  # taken
        lower: Attr[str] = attribute()
        errors: Attr[str] = attribute()
        Title: Attr[str] = attribute()
        _hidden: Attr[str] = attribute()
        body_: Attr[str] = attribute()
        loaded = Read()  # type: ignore[assignment]  # taken
        WRITE = Create(arguments={"class": argument(str)})

    taken = "this name is taken by the framework (choose another)"
    assert problems(note) == [
        "`note`: a resource is named in CamelCase, in ASCII",
        f"`note.stored`: {taken}",
        f"`note.sections`: {taken}",
        f"`note.lower`: {taken}",
        f"`note.errors`: {taken}",
        "`note.Title`: a field is named in snake_case, in ASCII",
        "`note._hidden`: a field is named in snake_case, in ASCII",
        "`note.body_`: a field is named in snake_case, in ASCII",
        f"`note.loaded`: {taken}",
        "`note.WRITE`: an action is named in snake_case, in ASCII",
        f"`note.WRITE.arguments.class`: {taken}",
    ]


def test_an_action_may_be_named_by_a_word_of_python(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        import_ = Create()
        pass_ = Update()
        forget_ = Destroy()

    assert problems(Note) == ["`Note.forget_`: an action is named in snake_case, in ASCII"]
    assert Note.import_.name == "import"
