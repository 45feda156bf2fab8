"""Answers written in one go: where everything selected is there already, no field is resolved one by one.

What lies under a resolved field is records and mappings, loaded whole. For each selection on them a writer is
made once, and turns every record into its part of the answer; whatever is out of the ordinary (a null where none
may be, a value that its type refuses) is left to GraphQL's own way, which then says exactly what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    OperationType,
    is_leaf_type,
)
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter

from framework.graphql.build import LoadedField, values_of
from framework.graphql.selection import plain_variables
from framework.wire.forms import PLAIN, Form, Spelling, Write, writer

# The spellings by which a form alone makes what GraphQL shows.
WHOLE = frozenset({Spelling.TEXT, Spelling.MOMENT, Spelling.CHOICE})


class NotPlain(Exception):
    """The value cannot be written in one go."""


class LoadedExecutor(StrawberryGraphQLCoreExecutionContext):
    """Executes operations; writes what is loaded in one go."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # By the identity of the selection, which is kept with it so that no other takes its place.
        self._writers: dict[tuple[str, int], tuple[Any, Write | None]] = {}
        self._roots: dict[str, Any] = {}
        self._given = plain_variables(self.variable_values)

    def execute_operation(self, serially: bool | None = None) -> Any:  # noqa: FBT001 - graphql-core's signature
        """The answer; a subscription has one for each event, and none by itself."""
        if self.operation.operation is OperationType.SUBSCRIPTION and self.root_value is None:
            says = "a subscription is followed over graphql-transport-ws or Server-Sent Events"
            raise GraphQLError(says, extensions={"code": "bad_query"})
        return super().execute_operation(serially)

    def execute_collected_root_fields(self, root_type: GraphQLObjectType, root: Any, selected: Any, *more: Any) -> Any:
        """The fields of the root, by the selection that was collected for the first event of a subscription.

        Each event has the same collected anew. What is known of a selection goes by its identity, in graphql-core too,
        and is kept for as long as the subscription: it grew with each event.
        """
        kept = self._roots.setdefault(root_type.name, selected)
        return super().execute_collected_root_fields(root_type, root, kept, *more)

    def collect_and_execute_subfields(  # noqa: PLR0917 - graphql-core's signature
        self, return_type: GraphQLObjectType, field_details_list: Any, path: Path, result: Any, position_context: Any
    ) -> Any:
        """The object that a value is shown as."""
        write = self._writer(return_type, field_details_list)
        if write is not None:
            try:
                return write(result)
            except Exception:  # noqa: BLE001, S110 - said again below, in GraphQL's words
                pass
        return super().collect_and_execute_subfields(return_type, field_details_list, path, result, position_context)

    def _writer(self, of: GraphQLObjectType, selected: Any) -> Write | None:
        key = (of.name, id(selected))
        known = self._writers.get(key)
        if known is None:
            known = self._writers[key] = (selected, self._object_writer(of, selected))
        return known[1]

    def _object_writer(self, of: GraphQLObjectType, selected: Any) -> Write | None:
        """A writer of objects of this type, or None when one of the fields selected is not simply there."""
        parts: list[tuple[str, Callable[[Mapping[str, Any]], Any], Write]] = []
        for name, details in self.collect_subfields(of, selected)[0].items():
            asked = details[0].node.name.value
            if asked == "__typename":
                parts.append((name, _always(of.name), str))
                continue
            field = self.schema.get_field(of, asked)
            loaded = field and field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
            if field is None or not isinstance(loaded, LoadedField):
                return None
            write = self._value_writer(field.type, details, loaded.form)
            if write is None:
                return None
            parts.append((name, loaded.reader(details[0].node, self._given), write))

        def written(source: Any) -> dict[str, Any]:
            values = values_of(source)
            return {name: write(read(values)) for name, read, write in parts}

        return written

    def _value_writer(self, of: GraphQLOutputType, selected: Any, form: Form = PLAIN) -> Write | None:
        required = isinstance(of, GraphQLNonNull)
        found = writer(form)
        if form.spelling not in WHOLE:
            inner = self._nullable_writer(of.of_type if isinstance(of, GraphQLNonNull) else of, selected)
            if inner is None:
                return None
            found = inner if found is None else _after(found, inner)
        assert found is not None
        return _present(found) if required else _maybe(found)

    def _nullable_writer(self, of: Any, selected: Any) -> Write | None:
        if isinstance(of, GraphQLList):
            item = self._value_writer(of.of_type, selected)
            return item and _listed(item)
        if isinstance(of, GraphQLObjectType):
            return self._object_writer(of, selected)
        return _leaf(of.coerce_output_value) if is_leaf_type(of) else None


def _always(value: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda _: value


def _after(first: Write, write: Write) -> Write:
    return lambda value: write(first(value))


def _present(write: Write) -> Write:
    def written(value: Any) -> Any:
        if value is None:
            raise NotPlain
        return write(value)

    return written


def _maybe(write: Write) -> Write:
    return lambda value: None if value is None else write(value)


def _leaf(write: Write) -> Write:
    def written(value: Any) -> Any:
        found = write(value)
        if found is None:
            raise NotPlain
        return found

    return written


def _listed(write: Write) -> Write:
    def written(values: Any) -> Any:
        if not isinstance(values, (list, tuple)):
            raise NotPlain
        return [write(value) for value in values]

    return written
