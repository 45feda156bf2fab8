"""A program declared in code: one class, served typed everywhere and kept in step with its row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, Field, create_model

from framework.declare.actions import Action, ArgumentOptions, RunRef, argument
from framework.declare.policies import allow
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.errors import Invalid
from framework.expr.build import actor
from framework.graphql.section import Graphql
from framework.lm.fields.field_types import FieldDefinition
from framework.lm.modules.answering import Predict
from framework.lm.modules.catalogue import as_kept
from framework.lm.modules.module import ModuleSpec
from framework.lm.payloads.payloads import annotation_of, output_model
from framework.lm.programs.buildable import module_issues
from framework.lm.programs.call_settings import USUAL, CallSettings
from framework.lm.programs.program import ProgramDefinition
from framework.lm.signatures.definition import MISSING, SignatureDefinition
from framework.lm.signatures.grammar import parse_signature
from framework.naming import camel, kebab, pascal
from framework.rest.section import Rest
from framework.spec.action import Scope
from resources.accounts.roles import owners_may_everything

EXECUTION_ID = "execution_id"


class _Execute:
    """How calling code names the action that is implied: `session.run(TriageTicket.execute, {"ticket": "…"})`."""

    def __get__(self, instance: object, owner: type[Resource]) -> RunRef[Resource]:
        return RunRef(owner, "execute")


class DeclaredProgram(Resource):
    """The docstring is the instructions, `signature` the contract; what follows is a typed mutation and endpoint.

    `model` names the model that answers, as soon as it is there; whoever runs the installation may choose another.
    """

    stored: ClassVar[bool] = False
    signature: ClassVar[str] = ""
    module: ClassVar[ModuleSpec] = Predict()
    tools: ClassVar[tuple[str, ...]] = ()
    settings: ClassVar[CallSettings] = USUAL
    model: ClassVar[str | None] = None
    execute: ClassVar[_Execute] = _Execute()
    # Whether one may execute the program that it is, is asked of that.
    policies = [owners_may_everything(), allow().unless(actor("user_id").is_null())]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.sections = (Graphql(mutation=camel(cls.__name__)), Rest(path=f"programs/{cls.slug()}"))

    @classmethod
    def slug(cls) -> str:
        """The slug of the program's row: `TriageTicket` → `triage-ticket`."""
        return kebab(cls.__name__)

    @classmethod
    def parsed(cls) -> SignatureDefinition:
        """The signature as it was written; raises Invalid."""
        try:
            return parse_signature(cls.signature, instructions=(cls.__doc__ or "").strip())
        except Invalid as failure:
            raise failure.under("signature") from None

    @classmethod
    def program(cls) -> ProgramDefinition:
        """All that it is made of."""
        return ProgramDefinition(cls.slug(), cls.parsed(), as_kept(cls.module), cls.tools, cls.settings)

    @classmethod
    def implied(cls) -> Mapping[str, object]:
        """The action `execute`, with an argument for each input; its result is the outputs and the execution's id."""
        definition = cls.parsed()
        if wrong := list(module_issues(cls.program())):
            raise Invalid.of(wrong)
        execute = Action(
            verb("resources.executions.execute_program:execute_declared"),
            arguments={field.name: _argument(field, cls.__name__) for field in definition.inputs},
            returns=_result(definition, f"{cls.__name__}Result"),
            scope=Scope.RESOURCE,
            doc=definition.instructions,
        )
        execute.name, execute.source = "execute", cls.__scope__.source
        return {"execute": execute}


def _result(definition: SignatureDefinition, named: str) -> type[BaseModel]:
    """The model of the outputs, with the id under which the execution is on record."""
    if EXECUTION_ID in definition.output_names:
        message = f"`{EXECUTION_ID}` is what every result calls the id of its execution"
        raise Invalid(message, code="reserved_name", path=("signature",), hint="give the output another name")
    about: Any = Field(description="The execution on record: what it took, and what the module gave besides.")
    return create_model(named, __base__=output_model(definition, named=named), execution_id=(UUID, about))


def _argument(field: FieldDefinition, owner: str) -> ArgumentOptions:
    annotation: Any = annotation_of(field.type, named=owner + pascal(field.name))
    if field.default is MISSING:
        return argument(annotation, doc=field.description)
    return argument(annotation, default=field.default, doc=field.description)
