"""What is wrong with a declaration, as a test compares it."""

from __future__ import annotations

from framework.compiler.domain import Domain, problems_of
from framework.declare.resource import Resource


def problems(*resources: type[Resource]) -> list[str]:
    """Every mistake in a domain of these classes, each as one sentence; none when it compiles."""
    return [str(problem) for problem in problems_of(Domain("test", resources))]
