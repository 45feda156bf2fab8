from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from framework.compiler.domain import Domain, compile_domain
from framework.declare.actions import Action, Create, Job, Read, Update, argument
from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.derived import calculate, count
from framework.declare.machine import state_machine
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.rules import check, identity, index
from framework.declare.verbs import verb
from framework.errors import Invalid
from framework.expr.nodes import Ref
from framework.spec.attribute import ABSENT, IndexPart
from framework.spec.resource import ResourceSpec
from framework.types.resolve import THERE_ARE, resolve

Problems = Callable[..., list[str]]


class Level(StrEnum):
    LOW = "low"
    HIGH = "high"


class Person(Resource):
    """Somebody."""

    id: Attr[UUID] = primary_key()


def read(record: type[Resource], *others: type[Resource]) -> ResourceSpec:
    return compile_domain(Domain("test", [record, *others])).of(record)


def test_a_class_is_read_in_the_order_of_its_words() -> None:
    class Note(Resource):
        """A remark.

        It may be long.
        """

        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute(max_length=80)
        owner: One[Person] = belongs_to()
        size: Attr[int] = calculate(title.length())
        write = Create(accept=[title, owner])
        browse = Read()
        one_title = identity(owner, title, message="taken")
        said = check(title != "")
        by_title = index(title.desc())

    spec = read(Note, Person)
    assert spec.doc == "A remark.\n\nIt may be long."
    assert list(spec.attributes) == ["id", "title", "owner_id"]
    assert list(spec.actions) == ["write", "browse"]
    assert spec.actions["write"].accept == ("title", "owner_id")
    assert spec.identities["one_title"].attributes == ("owner_id", "title")
    assert list(spec.checks) == ["said"]
    assert spec.indexes[0].parts == (IndexPart(Ref("title"), descending=True),)
    assert spec.reader is spec.actions["browse"]


def test_what_a_mixin_or_an_ancestor_says_comes_first_and_the_nearest_word_wins() -> None:
    class Stamped:
        made: Attr[datetime] = created_at()

    class Owned(Stamped, Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        owner: One[Person] = belongs_to()
        browse = Read()

    class Note(Owned):
        title: Attr[str | None] = attribute()  # type: ignore[assignment]  # wider than its ancestor's
        write = Create(accept=[Owned.title, Owned.owner])
        one_owner = identity(Owned.owner)
        browse = None  # type: ignore[assignment]  # taken back

    spec = read(Note, Person)
    assert spec.attributes["title"].type.nullable
    assert list(spec.attributes) == ["made", "id", "title", "owner_id"]
    assert spec.actions["write"].accept == ("title", "owner_id")
    assert spec.identities["one_owner"].attributes == ("owner_id",)
    assert "browse" not in spec.actions


def test_a_default_becomes_a_value_of_its_type() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        level: Attr[Level] = attribute(default="high")  # type: ignore[arg-type]  # as JSON says it
        write = Create(accept=[level], arguments={"to": argument(Level, default="low")})

    spec = read(Note)
    assert spec.attributes["level"].default is not None
    assert spec.attributes["level"].default.fresh() is Level.HIGH
    default = spec.actions["write"].arguments["to"].default
    assert default is not None
    assert default.fresh() is Level.LOW
    assert spec.attributes["id"].default is not None
    assert spec.attributes["id"].default.value is ABSENT


def test_what_cannot_be_read_hides_no_other_mistake(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[object] = attribute()
        size: Attr[object] = calculate(title)
        state: Attr[str] = state_machine("new", begin=("new", "old"))
        said = check(title != "")
        write = Create(accept=[id, title])
        begin = Update(arguments={"by": argument(object)})
        move = Update(accept=[begin, "titel"])

    assert problems(Note) == [
        f"`Note.title`: there is no type for object; {THERE_ARE}",
        f"`Note.size`: there is no type for object; {THERE_ARE}",
        "`Note.state`: the states of a machine are an enum or a Literal of texts",
        "`Note.write.accept`: `id` is generated, so nobody may write it (leave it out)",
        f"`Note.begin.arguments.by`: there is no type for object; {THERE_ARE}",
        "`Note.move.accept`: `begin` is not an attribute",
        "`Note.move.accept`: `titel` is not an attribute (did you mean `title`?)",
    ]


def test_an_accept_list_that_names_no_attribute_is_told_on_its_path(problems: Problems) -> None:
    class Shop(Resource):
        id: Attr[UUID] = primary_key()
        orders: Many[Order] = has_many()
        order_count: Attr[int] = count(orders)
        write = Create(accept=[orders])
        spell = Create(accept="title")
        count_up = Update(accept=[order_count])
        move = Update(accept=[3])

    class Order(Resource):
        id: Attr[UUID] = primary_key()
        shop: One[Shop] = belongs_to()

    assert problems(Shop, Order) == [
        "`Shop.write.accept`: `orders` is many records, not an attribute",
        "`Shop.spell.accept`: is a list of attributes",
        "`Shop.count_up.accept`: `order_count` is derived, so nobody may write it (leave it out)",
        "`Shop.move.accept`: 3 names no attribute",
    ]


def test_a_link_names_one_resource(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        owner: One[Person | Level] = belongs_to()
        others: Many[Person | None] = has_many()

    assert problems(Note, Person) == [
        "`Note.owner`: `test_reading.Person | test_reading.Level` is not one resource".replace(
            "test_reading", __name__
        ),
        "`Note.others`: there may be none of many anyway: write `Many[Person]`",
    ]


def test_what_an_author_s_own_function_raises_is_told_at_its_word(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        notes: Many[Note] = has_many()
        parent: One[Note | None] = belongs_to()
        long: Attr[bool] = calculate(notes.any(lambda n: n.id and n.parent))  # type: ignore[arg-type,return-value]

    assert problems(Note) == [
        "`Note.long`: an expression has no truth of its own: combine conditions with `&`, `|` and `~`"
    ]


def test_a_lambda_that_names_its_class_is_told_why_it_cannot(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        notes: Many[Note] = has_many()
        parent: One[Note | None] = belongs_to()
        same: Attr[bool] = calculate(notes.any(lambda n: n.title == title))  # type: ignore[name-defined]  # noqa: F821

    assert problems(Note) == [
        "`Note.same`: `title` is not in sight (a lambda does not see the names of the class body around it)"
    ]


def test_sections_are_a_tuple(problems: Problems) -> None:
    class Note(Resource):
        sections = "rest"  # type: ignore[assignment]  # a comma forgotten
        id: Attr[UUID] = primary_key()

    assert problems(Note) == ["`Note.sections`: is a tuple (write `sections = (...,)`)"]


def test_returns_and_progress_are_types(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        ask = Action(verb("a.b"), returns=object)
        run = Job(verb("a.b"), progress=object)

    assert problems(Note) == [
        f"`Note.ask.returns`: there is no type for object; {THERE_ARE}",
        f"`Note.run.progress`: there is no type for object; {THERE_ARE}",
    ]


def test_a_literal_names_the_states_of_a_machine_as_well() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        state: Attr[Literal["new", "old"]] = state_machine("new", age=("new", "old"))
        age = Update()

    assert read(Note).machine is not None


def test_what_a_class_implies_is_read_with_what_it_says(problems: Problems) -> None:
    class Named(Resource):
        id: Attr[UUID] = primary_key()

        @classmethod
        def implied(cls) -> dict[str, object]:
            if cls.__name__ == "Wrong":
                raise Invalid("means nothing", path=("signature",), hint="say more")
            return {"ask": Action(verb("a.b"), returns=str)}

    class Wrong(Named):
        pass

    assert read(Named).actions["ask"].returns == resolve(str)
    assert problems(Named, Wrong) == ["`Wrong.signature`: means nothing (say more)"]


def test_the_key_of_a_link_may_be_annotated_for_type_checkers(problems: Problems) -> None:
    class Folder(Resource):
        id: Attr[UUID] = primary_key()

    class Note(Resource):
        id: Attr[UUID] = primary_key()
        folder_id: Attr[UUID]
        folder: One[Folder] = belongs_to()
        title: Attr[str]

    assert problems(Folder, Note) == ["`Note.title`: was annotated but not declared (write `= attribute()`)"]
