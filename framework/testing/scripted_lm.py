"""The layer of language models without a model: whoever tests says what is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from framework.errors import Failure
from framework.lm.calls.call import Answer, Call
from framework.lm.models.spend import Usage
from framework.lm.payloads.payloads import plain, validate_inputs, validate_outputs

TOKENS_IN, TOKENS_OUT = 10, 5
Script = Callable[[Call], Mapping[str, Any] | Failure]


class ScriptedLm:
    """Answers each call with the outputs that the script gives for it, or fails with its failure.

    Inputs and outputs are held to the signature, as those of a real model are. `asked` keeps every call.
    """

    def __init__(self, script: Script) -> None:
        self._script = script
        self.asked: list[Call] = []

    async def execute(self, calls: Sequence[Call]) -> list[Answer | Failure]:
        """The answers in the order of the calls; a call that fails gives its failure and disturbs no other."""
        return [self._answer(call) for call in calls]

    async def aclose(self) -> None:
        """Nothing is open."""

    def _answer(self, call: Call) -> Answer | Failure:
        signature, model = call.definition.signature, call.model
        self.asked.append(call)
        try:
            validate_inputs(signature, call.inputs)
            said = self._script(call)
            if isinstance(said, Failure):
                return said
            cost = model.cost(TOKENS_IN, TOKENS_OUT)
            call.context.on_usage(Usage(model.name, TOKENS_IN, TOKENS_OUT, cost, latency_ms=0.0))
            outputs = plain(validate_outputs(signature, said))
        except Failure as failure:
            return failure
        return Answer(
            outputs=outputs,
            details={},
            model=model.name,
            latency_ms=0.0,
            tokens_in=TOKENS_IN,
            tokens_out=TOKENS_OUT,
            cost_usd=cost,
            calls=1,
        )
