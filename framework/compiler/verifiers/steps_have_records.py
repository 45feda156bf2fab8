"""A step that reads the record stands in an action that is about one."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem
from framework.spec.domain import DomainSpec


def steps_have_records(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to a step with `needs_record` in a create, or in an action of Scope.RESOURCE: there is none to read."""
    for spec in domain.resources.values():
        for action in spec.actions.values():
            if action.needs_record:
                continue
            for step in action.steps:
                if getattr(step, "needs_record", False):
                    says = f"the step `{step.says()}` reads the record that the action is about, and it is about none"
                    hint = "look things up in `before`, or put the step into an update"
                    yield Problem(action.source, f"{spec.name}.{action.name}", says, hint)
