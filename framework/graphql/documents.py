"""What happens to a document before it is carried out: read, weighed, validated; the first and last once a text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, parse
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import Schema, validate_document
from strawberry.types import ExecutionContext

from framework.graphql.limits import LimitedSchema

ABORTED = "Validation aborted."
KEPT = 256
# A longer text is read anew each time: what is kept of strangers' documents stays small.
LONGEST_KEPT = 20_000


@dataclass(slots=True)
class ParsedDocument:
    """A document as it was read, and what validation found wrong with it, once it has looked."""

    document: DocumentNode
    faults: tuple[GraphQLError, ...] | None = None


class Documents:
    """The documents of one schema that were read before."""

    def __init__(self, limited: LimitedSchema) -> None:
        self.limited = limited
        self._kept = lru_cache(maxsize=KEPT)(self._read)

    def parsed(self, text: str) -> ParsedDocument:
        """The document of a text; raises GraphQLError where it is none."""
        return self._kept(text) if len(text) <= LONGEST_KEPT else self._read(text)

    def _read(self, text: str) -> ParsedDocument:
        return ParsedDocument(parse(text, max_tokens=self.limited.limits.tokens))


class DocumentChecks(SchemaExtension):
    """Refuses what is too much before it is validated, and what is wrong before it is carried out."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._parsed: ParsedDocument | None = None

    def on_operation(self) -> Iterator[None]:
        """Sets how long a document may be."""
        self.execution_context.parse_options["max_tokens"] = self._documents.limited.limits.tokens
        yield

    def on_parse(self) -> Iterator[None]:
        """Reads the document; one that is wrong is left to be read, and refused, by Strawberry."""
        context = self.execution_context
        try:
            self._parsed = self._documents.parsed(context.query or "")
            context.graphql_document = self._parsed.document
        except GraphQLError:
            self._parsed = None
        yield

    def on_validate(self) -> Iterator[None]:
        """Weighs the document with its variables, then validates it."""
        context, documents = self.execution_context, self._documents
        if self._parsed is not None:
            document = self._parsed.document
            found = documents.limited.refusals(document, context.variables or {})
            context.pre_execution_errors = [*_unclear(document, context), *found] or _faults(self._parsed, context)
        yield


def _unclear(document: DocumentNode, context: ExecutionContext) -> Iterator[GraphQLError]:
    """Of several operations one must be named (GraphQL, October 2021, §6.1); Strawberry would take the first."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) > 1 and not context._provided_operation_name:  # noqa: SLF001 - no other way to tell
        yield GraphQLError("the document holds several operations: name one by `operationName`")


def _faults(parsed: ParsedDocument, context: ExecutionContext) -> list[GraphQLError]:
    """What validation finds; a new list, for the errors of a response are rewritten in place."""
    if parsed.faults is None:
        assert isinstance(context.schema, Schema)
        schema = context.schema._schema  # noqa: SLF001 - as Strawberry's own cache of validations does
        found = validate_document(schema, parsed.document, context.validation_rules)
        parsed.faults = tuple(_too_much(fault) if fault.message == ABORTED else _kept(fault) for fault in found)
    return list(parsed.faults)


def _kept(fault: GraphQLError) -> GraphQLError:
    """A fault without its tracebacks: their frames hold the whole validation, and the request it was made for."""
    raised: list[BaseException | None] = [fault]
    while raised:
        each = raised.pop()
        if each is not None:
            each.__traceback__ = None
            raised += [each.__cause__, each.__context__, getattr(each, "original_error", None)]
    return fault


def _too_much(fault: GraphQLError) -> GraphQLError:
    """Validation compares all fields of one name with each other, and gives up where they are too many."""
    says = "the document asks for the same fields too often to be validated: ask for each of them once"
    return GraphQLError(says, nodes=fault.nodes, extensions={"code": "too_complex"})
