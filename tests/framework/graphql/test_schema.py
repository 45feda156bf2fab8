"""The schema as its clients read it."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from graphql import TypeDefinitionNode, parse, print_ast

from framework.compiler.domain import Domain, compile_domain
from framework.declare.actions import Action, Create, Read
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.events.extension import EVENTS
from framework.graphql.schema import graphql_schema
from framework.spec.action import Scope
from tests.framework.graphql.conftest import Serve
from tests.framework.graphql.library import LIBRARY


@pytest.fixture
def sdl(serve: Serve) -> str:
    text: str = serve(*LIBRARY).schema.as_str()
    return text


def definition(sdl: str, name: str) -> str:
    """One definition without its descriptions, each field on one line."""
    for node in parse(sdl).definitions:
        if isinstance(node, TypeDefinitionNode) and node.name.value == name:
            text = re.sub(r'[ \t]*"""[\s\S]*?"""\n', "", print_ast(node))
            return re.sub(r"\(\n\s+([^)]*?)\n\s+\)", lambda args: "(" + re.sub(r"\n\s+", ", ", args[1]) + ")", text)
    raise AssertionError(f"there is no {name}")


def test_a_resource_is_an_object_type_of_its_public_values(sdl: str) -> None:
    assert definition(sdl, "Author") == (
        "type Author implements Node {\n  id: ID!\n  name: String!\n  bookCount: Int!\n"
        "  books(first: Int, filter: BookFilter, sort: [BookSort!]): [Book!]!\n}"
    )


def test_every_kind_of_value_has_its_type(sdl: str) -> None:
    assert (
        definition(sdl, "Book")
        == """type Book implements Node {
  id: ID!
  title: String!
  subtitle: String
  copies: BigInt!
  rating: Float
  price: Decimal
  genre: BookGenre
  format: Format
  tags: [String!]!
  extra: JSON!
  publishedOn: Date
  readingTime: Duration
  meaning: [Float!]
  createdAt: DateTime!
  state: State!
  authorId: ID!
  editorId: ID
  worth: Float
  author: Author!
  editor: Author
  notes(first: Int, filter: NoteFilter, sort: [NoteSort!]): [Note!]!
}"""
    )


def test_a_small_whole_number_is_an_int(sdl: str) -> None:
    assert "stars: Int!" in definition(sdl, "Note")


def test_choices_are_enums(sdl: str) -> None:
    assert definition(sdl, "State") == "enum State {\n  DRAFT\n  PRINTED\n  SOLD\n}"
    assert definition(sdl, "BookGenre") == "enum BookGenre {\n  CRIME\n  SCI_FI\n}"
    assert definition(sdl, "FormatBinding") == "enum FormatBinding {\n  SOFT_COVER\n  HARD_COVER\n}"


def test_models_are_object_types_and_input_types(sdl: str) -> None:
    assert definition(sdl, "Format") == (
        "type Format {\n  pages: BigInt!\n  binding: FormatBinding!\n  weightInGrams: Decimal\n}"
    )
    assert definition(sdl, "FormatInput") == (
        "input FormatInput {\n  pages: BigInt!\n  binding: FormatBinding\n  weightInGrams: Decimal\n}"
    )


def test_a_create_asks_for_what_has_no_default(sdl: str) -> None:
    lines = definition(sdl, "PublishBookInput").splitlines()
    assert [line.strip() for line in lines if line.endswith("!")] == ["title: String!", "authorId: ID!"]


def test_an_update_asks_for_nothing(sdl: str) -> None:
    assert "!" not in definition(sdl, "CorrectBookInput")


def test_the_operators_of_a_condition_follow_the_type(sdl: str) -> None:
    assert definition(sdl, "BookGenreCondition") == (
        "input BookGenreCondition {\n  eq: BookGenre\n  ne: BookGenre\n  in: [BookGenre!]\n  notIn: [BookGenre!]\n"
        "  isNull: Boolean\n}"
    )
    assert definition(sdl, "VectorCondition") == "input VectorCondition {\n  isNull: Boolean\n}"
    assert "ilike: String" in definition(sdl, "StringCondition")


def test_a_sort_knows_ordered_values_and_links_to_one_record(sdl: str) -> None:
    names = [line.strip() for line in definition(sdl, "BookSort").splitlines()[1:-1]]
    assert "author: AuthorSort" in names
    assert "title: SortDirection" in names
    assert not [name for name in names if name.startswith(("format", "tags", "extra", "notes", "meaning"))]


def test_reads_are_queries(sdl: str) -> None:
    queries = definition(sdl, "Query").replace("first: Int, after: String, last: Int, before: String", "PAGE")
    assert (
        queries
        == """type Query {
  node(id: ID!): Node
  author(id: ID!): Author
  authors(first: Int, offset: Int, filter: AuthorFilter, sort: [AuthorSort!]): AuthorConnection
  book(id: ID!): Book
  books(PAGE, filter: BookFilter, sort: [BookSort!]): BookConnection
  byRatingBooks(PAGE, filter: BookFilter, sort: [BookSort!], atLeast: Float!): BookConnection
  note(id: ID!): Note
  notes(PAGE, filter: NoteFilter, sort: [NoteSort!]): NoteConnection
  event(id: ID!): Event
  events(PAGE, filter: EventFilter, sort: [EventSort!]): EventConnection
  authorHistory(id: ID!, first: Int, after: String): History
  bookHistory(id: ID!, first: Int, after: String): History
  noteHistory(id: ID!, first: Int, after: String): History
}"""
    )


def test_actions_are_mutations(sdl: str) -> None:
    assert (
        definition(sdl, "Mutation")
        == """type Mutation {
  enterAuthor(input: EnterAuthorInput!): EnterAuthorPayload!
  enterAuthors(inputs: [EnterAuthorInput!]!): EnterAuthorsPayload!
  dismissAuthor(id: ID!): DismissAuthorPayload!
  publishBook(input: PublishBookInput!): PublishBookPayload!
  publishBooks(inputs: [PublishBookInput!]!): PublishBooksPayload!
  correctBook(id: ID!, input: CorrectBookInput): CorrectBookPayload!
  printBook(id: ID!): PrintBookPayload!
  sellBook(id: ID!): SellBookPayload!
  pulpBook(id: ID!): PulpBookPayload!
  estimateBook(id: ID!, input: EstimateBookInput): EstimateBookPayload!
  forgetBook: ForgetBookPayload!
  writeNote(input: WriteNoteInput!): WriteNotePayload!
  writeNotes(inputs: [WriteNoteInput!]!): WriteNotesPayload!
  askLibrarian(title: String!, mood: AskLibrarianMood, bookFormat: FormatInput): Answer!
}"""
    )


def test_events_are_subscriptions(sdl: str) -> None:
    assert (
        definition(sdl, "Subscription")
        == """type Subscription {
  authorChanged(id: ID, filter: AuthorFilter, after: String): AuthorChange!
  bookChanged(id: ID, filter: BookFilter, after: String): BookChange!
  bookProgress(id: ID!, after: String): BookProgressEntry!
  noteChanged(id: ID, filter: NoteFilter, after: String): NoteChange!
}"""
    )


def test_what_was_written_of_things_is_their_description(sdl: str) -> None:
    for said in ("Somebody who writes.", "As on the cover.", "How a book is made.", "Adds a book.", "Of the book."):
        assert f'"""{said}"""' in sdl


def test_a_private_value_is_nowhere(sdl: str) -> None:
    assert "secret" not in sdl


def test_the_same_domain_gives_the_same_text(sdl: str) -> None:
    again = graphql_schema(compile_domain(Domain("again", LIBRARY, [EVENTS]))).as_str()
    assert again == sdl


def test_two_schemas_of_one_enum_do_not_meet(serve: Serve) -> None:
    first = serve(*LIBRARY)
    assert not hasattr(first.domain.resources["Book"].attributes["state"].type.python, "__strawberry_definition__")


def test_a_domain_of_actions_alone_has_a_schema() -> None:
    class Bell(Resource):
        """Rings."""

        stored = False
        ring = Action(verb("tests.framework.graphql.library:forget"), scope=Scope.RESOURCE)

    sdl = graphql_schema(compile_domain(Domain("bell", [Bell]))).as_str()
    assert definition(sdl, "Query") == "type Query {\n  alive: Boolean!\n}"
    assert "ringBell: RingBellPayload!" in sdl


def test_a_domain_that_only_reads_has_no_mutation() -> None:
    class Page(Resource):
        """Stays as it is."""

        id: Attr[UUID] = primary_key()
        text: Attr[str] = attribute()
        browse = Read()

    sdl = graphql_schema(compile_domain(Domain("page", [Page]))).as_str()
    assert "type Mutation" not in sdl
    assert "type Subscription" not in sdl


def test_a_resource_without_a_read_can_be_made_but_not_asked_for() -> None:
    class Complaint(Resource):
        """Heard by nobody."""

        id: Attr[UUID] = primary_key()
        text: Attr[str] = attribute()
        file = Create(accept=[text])

    sdl = graphql_schema(compile_domain(Domain("complaint", [Complaint]))).as_str()
    assert definition(sdl, "Query") == "type Query {\n  alive: Boolean!\n}"
    assert "fileComplaint(input: FileComplaintInput!)" in sdl
    assert "ComplaintFilter" not in sdl
