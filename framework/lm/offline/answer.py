"""What the offline model says to a prompt: the answer of the nearest demonstration, or else of rules and names."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from framework.lm.offline.agent import asks_for_a_tool, last_observation, next_step
from framework.lm.offline.prompt import Prompt, Wanted
from framework.lm.offline.proposals import proposal
from framework.lm.offline.rules import read_rules, support
from framework.lm.offline.similarity import likeness, pick, rarity, words
from framework.lm.offline.values import as_json, as_text, is_certainty, value_for

_RULE_WEIGHT, _NAME_WEIGHT = 0.6, 0.25


def describe() -> str:
    """What the offline model is, for people who read its answers."""
    return (
        "offline/in-context is not a language model. It is a deterministic program that answers from the nearest "
        "demonstration in the prompt, from RULE lines in its instruction and from the names of labels, and guesses "
        "otherwise. It needs no key and no network, and is meant for trying things out and for tests."
    )


def answer(prompt: Prompt) -> str:
    """The completion of a prompt, in the form that the prompt asks for."""
    values = next_step(prompt) if asks_for_a_tool(prompt) else _values(prompt)
    if prompt.as_json:
        schemas = {wanted.name: wanted.schema for wanted in prompt.wanted}
        return json.dumps({name: as_json(v, schemas[name]) if isinstance(v, str) else v for name, v in values.items()})
    sections = [f"[[ ## {name} ## ]]\n{as_text(value)}" for name, value in values.items()]
    return "\n\n".join([*sections, "[[ ## completed ## ]]"])


def _values(prompt: Prompt) -> dict[str, Any]:
    likes = _likenesses(prompt)
    values: dict[str, Any] = {}
    certainty = 0.5
    for wanted in prompt.wanted:
        options = wanted.schema.get("enum")
        if options:
            scores = _scores(prompt, wanted.name, options=[str(option) for option in options], likes=likes)
            values[wanted.name], certainty = _best(scores, f"{wanted.name}\n{prompt.text}")
        elif is_certainty(wanted.name) and wanted.schema.get("type") == "number":
            values[wanted.name] = _within(wanted.schema, certainty)
        else:
            values[wanted.name] = _other(prompt, wanted, likes)
    return values


def _likenesses(prompt: Prompt) -> tuple[float, ...]:
    weights = rarity([prompt.text, *(demo.text for demo in prompt.demonstrations)])
    return tuple(likeness(prompt.text, demo.text, weights) for demo in prompt.demonstrations)


def _scores(prompt: Prompt, field: str, *, options: list[str], likes: tuple[float, ...]) -> dict[str, float]:
    """What speaks for each label: its nearest demonstration, the rules, and its own name in the text."""
    rules = read_rules(prompt.objective)
    asked = set(words(prompt.text))
    scores = dict.fromkeys(options, 0.0)
    for label in options:
        near = [
            like for like, demo in zip(likes, prompt.demonstrations, strict=True) if demo.outputs.get(field) == label
        ]
        named = set(words(label.replace("_", " "))) & asked
        scores[label] = (
            max(near, default=0.0)
            + _RULE_WEIGHT * support(rules, field, label=label, text=prompt.text)
            + (_NAME_WEIGHT if named else 0.0)
        )
    return scores


def _best(scores: Mapping[str, float], seed: str) -> tuple[str, float]:
    """The label with the most behind it and the share of it; a steady guess where nothing speaks for any."""
    total = math.fsum(scores.values())
    if not total:
        return pick(list(scores), seed), 1 / len(scores)
    best = max(scores, key=lambda label: scores[label])
    return best, scores[best] / total


def _within(schema: Mapping[str, Any], share: float) -> float:
    low, high = float(schema.get("minimum", 0.0)), float(schema.get("maximum", 1.0))
    return round(low + (high - low) * share, 4)


def _other(prompt: Prompt, wanted: Wanted, likes: tuple[float, ...]) -> Any:
    if (proposed := proposal(prompt, wanted.name)) is not None:
        return proposed
    nearest = max(
        ((like, demo) for like, demo in zip(likes, prompt.demonstrations, strict=True) if wanted.name in demo.outputs),
        key=lambda pair: pair[0],
        default=None,
    )
    if nearest is not None and nearest[0] > 0:
        return nearest[1].outputs[wanted.name]
    if wanted.name == "reasoning":
        return "Decided by the nearest demonstration, the rules of the instruction and the names of the labels."
    observed = last_observation(prompt)
    if observed is not None and wanted.schema.get("type") == "string":
        return observed
    return value_for(wanted.schema, wanted.name, observed if observed is not None else prompt.text)
