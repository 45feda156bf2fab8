"""A language model as it is declared: where it answers, with which settings, at what price."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, TypeAdapter

from framework.errors import Invalid, Issue
from framework.lm.values.typed_json import parse

Provider = Literal["offline", "openai_compatible"]
Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]

OFFLINE_MODEL = "in-context"
LEAST_REASONING_TOKENS = 16_000
# The names that DSPy takes for reasoning models.
_REASONING = re.compile(r"(?:o[1345](?:-(?:mini|nano|pro))?(?:-\d{4}-\d{2}-\d{2})?|gpt-5(?:\.\d+)*(?!-chat)(?:-.*)?)")


@dataclass(frozen=True, slots=True)
class ModelParams:
    """How a model is asked; None leaves the choice to the endpoint. `latency_ms` is for the offline model only."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    seed: int | None = None
    latency_ms: Annotated[float, Field(ge=0, le=60_000)] = 0.0


@dataclass(frozen=True, slots=True)
class ModelDefinition:
    """One model: `api_key_ref` names what holds its key (`Secrets` says what may be named), never the key itself."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=120)]
    provider: Provider = "offline"
    model: Annotated[str, Field(min_length=1, max_length=200)] = OFFLINE_MODEL
    api_base: Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=500)] | None = None
    api_key_ref: Annotated[str, Field(pattern=r"^([A-Za-z_][A-Za-z0-9_]*|file:/.+)$", max_length=500)] | None = None
    params: ModelParams = field(default_factory=ModelParams)
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 60.0
    num_retries: Annotated[int, Field(ge=0, le=10)] = 2
    input_price: Price | None = None
    output_price: Price | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The definition that `data` spells, every mistake in it reported at once."""
        definition = parse(_ADAPTER, data, what="the model")
        if issues := [*_address_issues(definition), *_reasoning_issues(definition)]:
            raise Invalid.of(issues)
        return definition  # type: ignore[return-value]  # the adapter is of this very class

    def to_json(self) -> dict[str, Any]:
        """The definition as JSON values."""
        return asdict(self)

    def digest(self) -> str:
        """What this definition is known by: the same words, the same digest."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()

    def cost(self, tokens_in: int, tokens_out: int) -> float | None:
        """What so many tokens cost in US dollars, or None where a price is not known (prices are per million).

        The offline model costs nothing unless a price is declared, so that spend can be tried without a network.
        """
        if self.provider == "offline":
            return (tokens_in * (self.input_price or 0.0) + tokens_out * (self.output_price or 0.0)) / 1_000_000
        if self.input_price is None or self.output_price is None:
            return None
        return (tokens_in * self.input_price + tokens_out * self.output_price) / 1_000_000


def _address_issues(definition: ModelDefinition) -> Iterator[Issue]:
    if definition.provider == "openai_compatible" and definition.api_base is None:
        yield Issue(
            "model_without_address",
            "`api_base` of the model: an OpenAI-compatible model needs the address of its endpoint",
            ("api_base",),
            hint="for example https://api.openai.com/v1",
        )


def _reasoning_issues(definition: ModelDefinition) -> Iterator[Issue]:
    """OpenAI's reasoning models take no other temperature than 1, and DSPy no fewer tokens than they think with."""
    family = definition.model.rsplit("/", 1)[-1].lower()
    if definition.provider == "offline" or not _REASONING.fullmatch(family):
        return
    params, takes = definition.params, f"the reasoning model `{definition.model}` takes"
    if params.temperature not in (None, 0.0, 1.0):
        message = f"`params.temperature` of the model: {takes} the temperature 1 only"
        yield Issue("reasoning_model", message, ("params", "temperature"), hint="leave it out")
    if params.max_tokens is not None and params.max_tokens < LEAST_REASONING_TOKENS:
        message = (
            f"`params.max_tokens` of the model: {takes} {LEAST_REASONING_TOKENS} at least, as its thoughts count too"
        )
        yield Issue("reasoning_model", message, ("params", "max_tokens"), hint="leave it out, or raise it")


_ADAPTER = TypeAdapter(ModelDefinition)
OFFLINE = ModelDefinition(name="offline/in-context")
