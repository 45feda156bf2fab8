"""Whether a program can be built at all: looked at before it is kept, and once more when it is built."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Invalid, Issue
from framework.lm.programs.program import ProgramDefinition
from framework.lm.programs.tools import AllowedTools

_TAKEN_BY_REACT = frozenset({"trajectory", "next_thought", "next_tool_name", "next_tool_args", "max_iters"})


def check_buildable(definition: ProgramDefinition, tools: AllowedTools) -> None:
    """Raises Invalid for a module that does not fit its tools or its signature, and for tools that are not allowed."""
    issues = list(module_issues(definition))
    if issues:
        raise Invalid.of(issues)
    tools.load(definition.tools)


def module_issues(definition: ProgramDefinition) -> Iterator[Issue]:
    """What of a module does not fit its tools or its signature."""
    spec, signature = definition.module, definition.signature
    if spec.kind == "react":
        if not definition.tools:
            yield Issue("react_without_tools", "a react module needs at least one tool", ("tools",))
        declared = {*signature.input_names, *signature.output_names}
        for taken in sorted(declared & _TAKEN_BY_REACT)[:1]:
            yield Issue("reserved_name", f"`{taken}` is a word of react", ("signature",))
    elif definition.tools:
        message = f"a {spec.kind} module cannot use tools"
        yield Issue("tools_without_react", message, ("tools",), {}, "choose the module react")
    if spec.kind == "best_of_n" and spec.reward_field not in (None, *signature.output_names):
        yield Issue(
            "unknown_field",
            f"`reward_field` of the module: `{spec.reward_field}` is not an output of the signature",
            ("module", "reward_field"),
            {"outputs": list(signature.output_names)},
        )
