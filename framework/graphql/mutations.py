"""Actions as mutations: what went wrong is part of the payload, beside what came out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from strawberry.types.info import Info

from framework.actions.request import Request
from framework.errors import Failure
from framework.graphql.build import Argument, Field, FieldResolution, fill, many, maybe, object_type, serializable
from framework.graphql.context import context_of
from framework.graphql.failures import ERROR_FIELDS, error_of
from framework.graphql.input_names import InputNames
from framework.graphql.inputs import ActionInputs, inputs_of
from framework.graphql.loading import Planner
from framework.graphql.names import action_field, bulk_field, called_as_function, enum_type, key_field, payload_type
from framework.graphql.queries import ID_ARGUMENT
from framework.graphql.selection import chosen, under
from framework.graphql.types import Records
from framework.naming import collection_field, pascal
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.hiding import hides_records
from framework.spec.resource import ResourceSpec
from framework.wire.many import MAX_RECORDS, bounded


@dataclass(frozen=True, slots=True)
class Mutation:
    """An action, the field it is called by, and what it takes."""

    spec: ResourceSpec
    action: ActionSpec
    field: str
    inputs: ActionInputs
    names: InputNames


class Mutations:
    """The mutation fields of one schema."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._error = object_type("ActionError", "Something that is wrong with what an action was given.")
        fill(self._error, ERROR_FIELDS)

    def fields(self) -> Iterator[Field]:
        """Every mutation field, in the order of declaration."""
        for spec in self._records.domain.resources.values():
            for action in spec.public_actions.values():
                if action.kind is not ActionKind.READ:
                    yield from self._fields(spec, action)

    def _fields(self, spec: ResourceSpec, action: ActionSpec) -> Iterator[Field]:
        field = action_field(spec, action)
        inputs = inputs_of(self._records.values, spec, action, field)
        mutation = Mutation(spec, action, field, inputs, InputNames.of(spec, action))
        if called_as_function(spec, action):
            yield self._function(mutation)
        elif action.kind is ActionKind.GENERIC:
            yield self._generic(mutation)
        else:
            given = mutation.inputs.as_type(field, _doc(mutation)) if mutation.inputs.arguments else None
            yield self._write(mutation, given)
            if action.kind is ActionKind.CREATE and given is not None:
                yield self._bulk(mutation, given)

    def _write(self, mutation: Mutation, given: type | None) -> Field:
        name = key_field(mutation.spec)
        payload = self._payload(mutation.field, Field(name, maybe(self._records.of(mutation.spec))))

        async def resolve(_source: Any, info: Info, arguments: Mapping[str, Any]) -> Any:
            try:
                with mutation.names.told():
                    records = await self._perform(info, mutation, [_request(mutation, arguments)], name)
            except Failure as failure:
                return _failed(failure)
            return {name: records[0], "errors": []}

        return self._field(mutation, payload, resolve, self._arguments(mutation, given))

    def _bulk(self, mutation: Mutation, given: type) -> Field:
        name, field = collection_field(mutation.spec.name), bulk_field(mutation.spec, mutation.action)
        made = self._records.of(mutation.spec)
        one = maybe(made) if hides_records(mutation.spec, self._records.domain) else made
        payload = self._payload(field, Field(name, maybe(many(one))))

        async def resolve(_source: Any, info: Info, arguments: Mapping[str, Any]) -> Any:
            try:
                requests = [Request(mutation.inputs.read(item)) for item in bounded(arguments["inputs"], ("inputs",))]
                with mutation.names.told():
                    records = await self._perform(info, mutation, requests, name)
            except Failure as failure:
                return _failed(failure)
            return {name: records, "errors": []}

        doc = f"{_doc(mutation)} Many at once, all or none; {MAX_RECORDS} at most.".strip()
        several = Argument("inputs", many(given))
        return Field(field, payload, doc, resolve=resolve, arguments=(several,), resolution=FieldResolution.ASYNC)

    def _generic(self, mutation: Mutation) -> Field:
        action = mutation.action
        result: list[Field] = []
        if action.returns is not None:
            owner = enum_type(pascal(mutation.field), "result")
            shown = self._records.values.output(action.returns.optional(), owner)
            result = [Field("result", shown.annotation, form=shown.form)]
        payload = self._payload(mutation.field, *result)
        given = mutation.inputs.as_type(mutation.field, _doc(mutation)) if mutation.inputs.arguments else None

        async def resolve(_source: Any, info: Info, arguments: Mapping[str, Any]) -> Any:
            request = _request(mutation, arguments)
            try:
                with mutation.names.told():
                    (value,) = await context_of(info.context).session.perform(action, [request])
            except Failure as failure:
                return _failed(failure)
            return {"result": value, "errors": []}

        return self._field(mutation, payload, resolve, self._arguments(mutation, given))

    def _function(self, mutation: Mutation) -> Field:
        """The action called like a function: its result itself, its failures among the response's errors."""
        action = mutation.action
        returns, owner = action.returns, enum_type(pascal(mutation.field), "result")
        shown = None if returns is None else self._records.values.output(returns, owner)

        async def resolve(_source: Any, info: Info, arguments: Mapping[str, Any]) -> Any:
            own = {name: value for name, value in arguments.items() if name in mutation.inputs.form.names}
            request = Request(mutation.inputs.read(own), arguments.get("id") if action.needs_record else None)
            with mutation.names.told():
                (value,) = await context_of(info.context).session.perform(action, [request])
            if shown is None:
                return True
            return serializable(value, shown.form)

        annotation = bool if shown is None else shown.annotation
        arguments = (*self._arguments(mutation, None), *mutation.inputs.arguments)
        return self._field(mutation, annotation, resolve, arguments)

    async def _perform(self, info: Info, mutation: Mutation, requests: Sequence[Request], name: str) -> list[Any]:
        """The records, with what the payload's selection wants of them."""
        session = context_of(info.context).session
        wanted = Planner(self._records).query(under(chosen(info), name), mutation.spec)
        return await session.perform(mutation.action, requests, wanted)

    def _payload(self, field: str, *fields: Field) -> type:
        payload = object_type(payload_type(field), f"What came of `{field}`.")
        errors = Field("errors", many(self._error), "What was wrong; empty when it was done.")
        fill(payload, [*fields, errors])
        return payload

    def _arguments(self, mutation: Mutation, given: type | None) -> tuple[Argument, ...]:
        found = []
        if mutation.action.needs_record:
            found.append(ID_ARGUMENT)
        if given is not None:
            found.append(Argument("input", given if mutation.inputs.required else maybe(given)))
        return tuple(found)

    def _field(self, mutation: Mutation, annotation: Any, resolve: Any, arguments: tuple[Argument, ...]) -> Field:
        return Field(
            mutation.field,
            annotation,
            _doc(mutation),
            resolve=resolve,
            arguments=arguments,
            resolution=FieldResolution.ASYNC,
        )


def _request(mutation: Mutation, arguments: Mapping[str, Any]) -> Request:
    return Request(mutation.inputs.read(arguments.get("input")), arguments.get("id"))


def _failed(failure: Failure) -> dict[str, Any]:
    return {"errors": [error_of(issue) for issue in failure.issues]}


def _doc(mutation: Mutation) -> str:
    return mutation.action.doc or (mutation.spec.doc if not mutation.spec.stored else "")
