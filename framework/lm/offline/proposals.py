"""How the offline model proposes instructions: it learns rules from the examples that the optimizer shows it.

MIPROv2 shows examples first and asks for observations and a summary of them, then for an instruction; GEPA shows
examples with feedback and asks for a better instruction at once.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from framework.lm.offline.prompt import Prompt
from framework.lm.offline.rules import Observation, learn, merge, read_rules, without_rules, write_rules
from framework.lm.offline.similarity import number

_EXAMPLE = re.compile(r"Example\((\{.*?\})\) \(input_keys=\{(.*?)\}\)", re.DOTALL)
_EXPECTED = "Expected outputs: "
OBSERVED_WORDS = 40
RULE_WORDS = (6, 12, 20, 30)


def proposal(prompt: Prompt, name: str) -> str | None:
    """The text for an output that an optimizer's own prompt asks for; None for a prompt that is not one."""
    writers: dict[tuple[str, str], Callable[[Mapping[str, str]], str]] = {
        ("observations", "examples"): _observations,
        ("summary", "observations"): _summary,
        ("proposed_instruction", "basic_instruction"): _instruction,
        ("new_instruction", "examples_with_feedback"): _better_instruction,
    }
    return next(
        (writer(prompt.fields) for (out, given), writer in writers.items() if out == name and given in prompt.fields),
        None,
    )


def _observations(fields: Mapping[str, str]) -> str:
    rules = learn(_shown(fields["examples"]))
    return f"Some words are seen with some labels more than with others.\n{write_rules(rules, limit=OBSERVED_WORDS)}\n"


def _summary(fields: Mapping[str, str]) -> str:
    rules = read_rules(fields["observations"])
    return f"Certain words speak for certain labels.\n{write_rules(rules, limit=OBSERVED_WORDS)}"


def _instruction(fields: Mapping[str, str]) -> str:
    """The basic instruction with more or fewer rules, so that the candidates of one run differ."""
    limit = RULE_WORDS[number(json.dumps(dict(fields))) % len(RULE_WORDS)]
    rules = read_rules(fields.get("dataset_description", ""))
    return f"{without_rules(fields['basic_instruction'])}\n{write_rules(rules, limit=limit)}".strip()


def _better_instruction(fields: Mapping[str, str]) -> str:
    current = fields["current_instruction"]
    rules = merge(read_rules(current), learn(_criticised(fields["examples_with_feedback"])))
    return f"{without_rules(current)}\n{write_rules(rules, limit=max(RULE_WORDS))}".strip()


def _shown(text: str) -> Iterator[Observation]:
    for values_text, keys_text in _EXAMPLE.findall(text):
        try:
            values, keys = ast.literal_eval(values_text), set(ast.literal_eval(f"[{keys_text}]"))
        except (ValueError, SyntaxError):
            continue
        yield _observation(
            {k: v for k, v in values.items() if k in keys}, {k: v for k, v in values.items() if k not in keys}
        )


def _criticised(text: str) -> Iterator[Observation]:
    try:
        examples = json.loads(text)
    except ValueError:
        return
    for example in examples:
        expected = str(example.get("Feedback", "")).partition(_EXPECTED)[2].splitlines()
        if expected:
            yield _observation(example.get("Inputs", {}), json.loads(expected[0]))


def _observation(inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> Observation:
    labels = {name: str(value) for name, value in outputs.items() if isinstance(value, str | bool)}
    return "\n".join(map(str, inputs.values())), labels
