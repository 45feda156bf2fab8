"""What is kept of a document that was read."""

from __future__ import annotations

import gc

import pytest
from graphql.validation import ValidationContext

from tests.framework.graphql.conftest import Serve
from tests.framework.graphql.library import LIBRARY


def validations() -> int:
    """How many validations are still in memory."""
    gc.collect()
    return sum(isinstance(each, ValidationContext) for each in gc.get_objects())


@pytest.mark.usefixtures("small_heap")
@pytest.mark.parametrize("given", ['"x"', "{a: 1}", "2.5"])
async def test_a_wrong_document_is_kept_without_what_it_was_validated_with(serve: Serve, given: str) -> None:
    api, before = serve(*LIBRARY), validations()
    document = f"{{ books(first: {given}) {{ totalCount }} }}"
    said = await api.refused(document)
    assert said["code"] == "bad_query"
    assert validations() == before
    assert await api.refused(document) == said
