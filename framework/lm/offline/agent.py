"""How the offline model plays an agent: each tool that fits the question is tried once, then it finishes."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from framework.lm.offline.prompt import Prompt
from framework.lm.offline.similarity import words

_TOOL = re.compile(
    r"^\s*\(\d+\) (\w+), whose description is <desc>(.*?)</desc>\. It takes arguments (\{.*\})\.\s*$",
    re.MULTILINE | re.DOTALL,
)
_ONE_TOOL = re.compile(r"(?=^[ \t]*\(\d+\) \w+, whose description is <desc>)", re.MULTILINE)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_QUOTED = re.compile(r"[\"'`]([^\"'`]+)[\"'`]")
FINISH = "finish"


@dataclass(frozen=True, slots=True)
class ToolShown:
    """A tool as the prompt describes it."""

    name: str
    description: str
    arguments: Mapping[str, Mapping[str, Any]]


def asks_for_a_tool(prompt: Prompt) -> bool:
    """Whether the prompt is one turn of a ReAct loop."""
    return {"next_tool_name", "next_tool_args"} <= {wanted.name for wanted in prompt.wanted}


def next_step(prompt: Prompt) -> dict[str, Any]:
    """The thought, the tool and the arguments of the next turn."""
    question = "\n".join(text for name, text in prompt.fields.items() if not re.search(r"_\d+$|^trajectory$", name))
    used = {text for name, text in prompt.fields.items() if name.startswith("tool_name_")}
    tool = _choose(prompt, question, used)
    if tool is None:
        return {"next_thought": "Everything needed is known.", "next_tool_name": FINISH, "next_tool_args": {}}
    return {
        "next_thought": f"{tool.name} can help with this.",
        "next_tool_name": tool.name,
        "next_tool_args": dict(_arguments(tool, question)),
    }


def last_observation(prompt: Prompt) -> str | None:
    """What the last tool that was used (finishing is not one) returned."""
    seen = [
        text
        for name, text in prompt.fields.items()
        if name.startswith("observation_") and prompt.fields.get(name.replace("observation", "tool_name")) != FINISH
    ]
    return seen[-1] if seen else None


def _choose(prompt: Prompt, question: str, used: set[str]) -> ToolShown | None:
    asked = set(words(question))

    def fits(tool: ToolShown) -> int:
        return len(asked & set(words(f"{tool.name.replace('_', ' ')} {tool.description}")))

    open_tools = [tool for tool in _tools(prompt.objective) if tool.name not in used and tool.name != FINISH]
    best = max(open_tools, key=fits, default=None)
    return best if best is not None and (fits(best) or not used) else None


def _tools(objective: str) -> Iterator[ToolShown]:
    for part in _ONE_TOOL.split(objective):
        if match := _TOOL.match(part.partition("\n        When providing")[0].rstrip()):
            yield ToolShown(match.group(1), match.group(2), _literal(match.group(3)))


def _literal(text: str) -> Mapping[str, Mapping[str, Any]]:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return {}
    return value if isinstance(value, dict) else {}


def _arguments(tool: ToolShown, question: str) -> Iterator[tuple[str, Any]]:
    numbers = iter(_NUMBER.findall(question))
    quoted = iter(_QUOTED.findall(question))
    for name, schema in tool.arguments.items():
        kind = schema.get("type", "string")
        if kind in ("integer", "number"):
            found = next(numbers, None)
            if found is None and "default" in schema:
                continue
            yield name, json.loads(found.split(".")[0] if found and kind == "integer" else found or "0")
        elif "default" not in schema:
            plain = {"boolean": True, "array": [], "object": {}}
            yield name, plain[kind] if kind in plain else next(quoted, question.strip())
