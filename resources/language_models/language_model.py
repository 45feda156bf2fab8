"""A language model: where it answers, how it is asked, what it costs. Its key is only ever referred to."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from framework.declare.actions import Create, Read, Update
from framework.declare.attributes import Attr, attribute, created_at, primary_key, updated_at
from framework.declare.policies import allow
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.expr.build import actor
from resources.accounts.project import DEFAULT_PROJECT, Project
from resources.accounts.roles import MAINTAINERS, in_project, members_read
from resources.language_models.validate_model import validate_change, validate_model

# The offline model is there from the first migration on.
OFFLINE_MODEL = UUID("01900000-0000-7000-8000-000000000002")


class LanguageModel(Resource):
    """A model that programs can be answered by: the offline one, or any OpenAI-compatible endpoint."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute(min_length=1, max_length=120)
    provider: Attr[Literal["offline", "openai_compatible"]] = attribute()
    model: Attr[str] = attribute(min_length=1, max_length=200, doc="The endpoint's own name of the model.")
    api_base: Attr[str | None] = attribute(default=None, max_length=500)
    api_key_ref: Attr[str | None] = attribute(
        default=None,
        max_length=500,
        doc="The environment variable that holds the key, one of DSPEX_KEY_VARIABLES; never the key itself.",
    )
    params: Attr[dict[str, Any]] = attribute(default_factory=dict)
    timeout_seconds: Attr[float] = attribute(default=60.0, ge=0.1, le=600)
    num_retries: Attr[int] = attribute(default=2, ge=0, le=10)
    input_price: Attr[float | None] = attribute(default=None, ge=0, doc="US dollars a million tokens read.")
    output_price: Attr[float | None] = attribute(default=None, ge=0, doc="US dollars a million tokens written.")
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()

    project_id: Attr[UUID] = attribute(default=DEFAULT_PROJECT)
    project: One[Project] = belongs_to()

    browse = Read()
    create = Create(
        accept=[
            project_id, name, provider, model, api_base, api_key_ref, params,
            timeout_seconds, num_retries, input_price, output_price,
        ],
        steps=[validate_model()],
    )  # fmt: skip
    update = Update(
        accept=[model, api_base, api_key_ref, params, timeout_seconds, num_retries, input_price, output_price],
        steps=[validate_change()],
    )

    policies = [
        *members_read(project),
        # Those of the first project are there for everybody, as the offline one is.
        allow(browse).when(project_id == DEFAULT_PROJECT).unless(actor("user_id").is_null()),
        in_project(project, MAINTAINERS, create, update),
    ]

    unique_name = identity(project_id, name, message="another model has this name")
