"""Versions of before modules kept their own settings and parts had DSPy's names: rewritten, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from framework.compiler.domain import compile_domain
from framework.lm.programs.state import dump, load
from framework.lm.programs.tools import AllowedTools
from framework.sql.migrations.migrations import Migrations
from resources import PLATFORM
from resources.programs.definition import definition_from_json, definition_to_json
from tests.migrations.test_own_domain import execute

BEFORE = "50f9f0ce3d54"
TOOL = "tests.framework.lm.toolbox:add"
SIGNATURE = {
    "inputs": [{"name": "q", "type": {"kind": "str"}}],
    "outputs": [{"name": "a", "type": {"kind": "str"}}],
    "instructions": "Do.",
}
LEARNED: Mapping[str, Any] = {"instructions": "Learned.", "demos": [{"q": "1", "a": "2"}]}
# The kind, its parts as they were called, and as DSPy calls them.
KINDS = [
    ("predict", ["self"], ["self"]),
    ("chain_of_thought", ["self.predict"], ["predict"]),
    ("best_of_n", ["self.module"], ["module"]),
    ("react", ["self.react", "self.extract.predict"], ["react", "extract.predict"]),
]


@pytest.mark.parametrize(("kind", "parts", "named"), KINDS)
async def test_a_version_is_the_same_after_and_before(
    kind: str, parts: list[str], named: list[str], fresh_database_url: str
) -> None:
    platform = Migrations(compile_domain(PLATFORM), fresh_database_url)
    await platform.upgrade(BEFORE)
    module = {"kind": kind, "max_iters": 20, "n": 3, "threshold": 1.0, "reward_field": None}
    tools = [TOOL] if kind == "react" else []
    state = dict.fromkeys(parts, LEARNED)
    definition = {"name": "p", "signature": SIGNATURE, "module": module, "tools": tools}
    said = f"'{json.dumps(definition)}', '{json.dumps(state)}', 1, '3.4.1', now(), '{uuid4()}'"
    await execute(
        platform,
        # What it belongs to does not matter here.
        "ALTER TABLE program_versions DROP CONSTRAINT fk_program_versions_program_id",
        "INSERT INTO program_versions"
        " (id, number, digest, origin, definition, state, size_bytes, dspy_version, created_at, program_id)"
        f" VALUES ('{uuid4()}', 1, 'before', 'authored', {said})",
    )

    await platform.upgrade()
    found: Any = await execute(platform, "SELECT definition, state, digest FROM program_versions")
    ((kept, learned, digest),) = found
    assert digest == "before"
    read = definition_from_json(kept)
    assert definition_to_json(read) == kept
    assert list(dump(load(read, learned, AllowedTools((TOOL,))))) == named
    assert learned == dict.fromkeys(named, LEARNED)

    await platform.downgrade(BEFORE)
    assert await execute(platform, "SELECT definition, state FROM program_versions") == [(definition, state)]
