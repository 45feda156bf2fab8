"""The mistakes of resources declared in a test, as an author reads them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from framework.compiler.domain import Domain, problems_of
from framework.declare.resource import Resource

Problems = Callable[..., list[str]]


@pytest.fixture
def problems() -> Problems:
    """The mistakes found in the resources given, in the order they are reported."""

    def found(*records: type[Resource]) -> list[str]:
        return [str(problem) for problem in problems_of(Domain("test", records))]

    return found
