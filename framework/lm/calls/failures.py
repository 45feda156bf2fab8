"""What can go wrong between us and a model, in the words of our failures; secrets and raw texts stay out of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from framework.errors import Failure, Invalid, Unavailable
from framework.lm.calls.reading_adapters import UnreadableAnswer
from framework.lm.dspy_setup import dspy
from framework.lm.models.bounded_transport import AnswerTooLarge
from framework.lm.models.model import ModelDefinition
from framework.lm.models.networks import AddressNotAllowed
from framework.lm.models.spend import Stop, StoppedAnswer
from framework.lm.modules.steps import STEP
from framework.lm.programs.code_place import place_of
from framework.lm.values.kept_json import cleaned

OUTPUT_INVALID = "model_output_invalid"
_OK = 200


@dataclass(frozen=True, slots=True)
class _Rule:
    error: str
    kind: type[Failure]
    code: str
    message: str
    hint: str | None = None


_AGAIN = "try again later"
# Specific errors stand before their parents.
_RULES = (
    _Rule("ContextWindowExceededError", Invalid, "model_context_exceeded", "the input is longer than {model} can read"),
    _Rule("LMRateLimitError", Unavailable, "model_rate_limited", "{model} takes no more requests for now", _AGAIN),
    _Rule("LMAuthError", Unavailable, "model_auth", "{model} refused our key", "look at what `api_key_ref` names"),
    _Rule("LMNotConfiguredError", Unavailable, "model_auth", "there is no key for {model}", "set its `api_key_ref`"),
    _Rule("LMBillingError", Unavailable, "model_billing", "the account that pays for {model} is exhausted"),
    _Rule("LMTimeoutError", Unavailable, "model_timeout", "{model} did not answer in time", "raise `timeout_seconds`"),
    _Rule("LMTransportError", Unavailable, "model_unreachable", "{model} could not be reached", "check its `api_base`"),
    _Rule("LMServerError", Unavailable, "model_server_error", "{model} failed while it answered", _AGAIN),
    _Rule("LMUnsupportedModelError", Invalid, "model_unknown", "the endpoint does not know {model}"),
    _Rule("LMInvalidRequestError", Invalid, "model_request_refused", "{model} refused the request"),
    _Rule("LMProviderError", Unavailable, "model_server_error", "{model} answered with an error", _AGAIN),
    _Rule("AdapterParseError", Unavailable, OUTPUT_INVALID, "{model} answered in a form that cannot be read"),
    _Rule("LMUnexpectedError", Unavailable, OUTPUT_INVALID, "{model} answered with no chat completion"),
    _Rule("LMError", Unavailable, "model_error", "{model} could not be asked"),
)


def as_failure(error: BaseException, model: ModelDefinition) -> Failure:
    """The failure that an error raised by DSPy stands for; failures of ours pass through.

    Of an error in a pipeline it says in which step.
    """
    failure, step = _told(error, model), getattr(error, STEP, None)
    if step is None:
        return failure
    told = type(failure).of(
        replace(issue, message=f"in the step `{step}`: {issue.message}", params={**issue.params, "step": step})
        for issue in failure.issues
    )
    told.__cause__ = failure.__cause__
    return told


def _told(error: BaseException, model: ModelDefinition) -> Failure:
    if isinstance(error, Failure):
        return error
    if isinstance(error, StoppedAnswer):
        return stopped(error.stop, model)
    if isinstance(error, UnreadableAnswer):
        return _unreadable(error, model)
    if isinstance(cause := error.__cause__, AnswerTooLarge):
        return _too_large(cause, model)
    if isinstance(error, AddressNotAllowed) or isinstance(error.__cause__, AddressNotAllowed):
        return _elsewhere(model)
    if _timed_out(error):
        return timed_out(model)
    for rule in _RULES:
        if isinstance(error, _ERRORS[rule.error]):
            message = rule.message.format(model=f"the model {model.name!r}")
            # An answer with status 200 that the client cannot read is not an outage.
            code = OUTPUT_INVALID if getattr(error, "status", None) == _OK else rule.code
            return rule.kind(message, code=code, params=_params(error, model), hint=_hint(rule, error))
    place = place_of(error)
    broken = Unavailable(
        f"the program broke while it ran on the model {model.name!r}: {type(error).__name__}"
        f"{'' if place is None else f' in {place}'}",
        code="program_failed",
        params={"model": model.name, "error": type(error).__name__, **({} if place is None else {"at": place})},
    )
    broken.__cause__ = error  # a mistake of ours or of DSPy's: whoever logs the failure can see it
    return broken


def sayable(failure: Failure) -> Failure:
    """The failure as it can be stored and sent, whatever of a model's answer it repeats."""
    clean = [
        replace(
            issue,
            message=cleaned(issue.message),
            path=tuple(cleaned(issue.path)),
            params=cleaned(dict(issue.params)),
            hint=cleaned(issue.hint),
        )
        for issue in failure.issues
    ]
    if clean == list(failure.issues):
        return failure
    cleaned_failure = type(failure).of(clean)
    cleaned_failure.__cause__ = failure.__cause__
    return cleaned_failure


def _unreadable(error: UnreadableAnswer, model: ModelDefinition) -> Unavailable:
    """The failure of an answer in which an output is missing or is no value of its type, each of them named."""
    faults = "; ".join(f"`{name}` {fault}" for name, fault in error.faults.items())
    message = f"the model {model.name!r} answered in a form that cannot be read"
    return Unavailable(
        f"{message}: {faults}" if faults else message,
        code=OUTPUT_INVALID,
        params={"model": model.name, "fields": list(error.faults)},
    )


def _too_large(error: AnswerTooLarge, model: ModelDefinition) -> Unavailable:
    """The failure of an answer that went on beyond the bound."""
    return Unavailable(
        f"the answer of the model {model.name!r} was cut off after {error.most} bytes",
        code="model_answer_too_large",
        params={"model": model.name, "most_bytes": error.most},
        hint="look at what its `api_base` sends, or raise DSPEX_MODEL_ANSWER_BYTES",
    )


def _elsewhere(model: ModelDefinition) -> Unavailable:
    """The failure of a model at an address that is not allowed; which it is, is nobody's business."""
    return Unavailable(
        f"the model {model.name!r} is at an address where models are not asked here",
        code="model_address_not_allowed",
        params={"model": model.name},
        hint="whoever runs the installation says in DSPEX_MODEL_NETWORKS where models may be",
    )


def timed_out(model: ModelDefinition) -> Unavailable:
    """The failure of a model that did not answer in time."""
    return Unavailable(
        f"the model {model.name!r} did not answer in time",
        code="model_timeout",
        params={"model": model.name, "timeout_seconds": model.timeout_seconds},
        hint="raise `timeout_seconds` of the model",
    )


def stopped(stop: Stop, model: ModelDefinition) -> Unavailable:
    """The failure of an answer that is not whole: what came may parse and still not be the answer."""
    if stop is Stop.LENGTH:
        return Unavailable(
            f"the answer of the model {model.name!r} was cut off",
            code=OUTPUT_INVALID,
            params={"model": model.name, "reason": "truncated"},
            hint="raise `max_tokens` of the model",
        )
    return Unavailable(
        f"the provider of the model {model.name!r} has filtered its answer",
        code="model_content_filtered",
        params={"model": model.name},
        hint="the question or the answer is against the provider's rules; asking again gives the same",
    )


def _hint(rule: _Rule, error: Any) -> str | None:
    """When to try again, if the endpoint says so."""
    seconds = getattr(error, "retry_after", None)
    return rule.hint if seconds is None or rule.hint != _AGAIN else f"try again in {seconds:g} seconds"


def _params(error: Any, model: ModelDefinition) -> dict[str, Any]:
    facts = {"status": getattr(error, "status", None), "retry_after": getattr(error, "retry_after", None)}
    return {"model": model.name, **{name: value for name, value in facts.items() if value is not None}}


def _timed_out(error: BaseException | None) -> bool:
    """DSPy calls a read timeout a transport error; its causes tell it from a refused connection."""
    while error is not None:
        if isinstance(error, TimeoutError) or type(error).__name__ in ("ReadTimeout", "WriteTimeout", "PoolTimeout"):
            return True
        error = error.__cause__ or error.__context__
    return False


_ERRORS: dict[str, Any] = {
    rule.error: getattr(dspy, rule.error, None) or getattr(dspy.utils.exceptions, rule.error) for rule in _RULES
}
