"""A program's definition as a version keeps it, and back."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import version
from typing import Any

import orjson

from framework.errors import Invalid
from framework.lm.modules.catalogue import module_from_json, module_to_json
from framework.lm.modules.diagram import diagram
from framework.lm.modules.module import ModuleSpec
from framework.lm.programs.call_settings import CallSettings
from framework.lm.programs.program import ProgramDefinition
from framework.lm.signatures.interchange import from_json, to_json

DSPY_VERSION = version("dspy")


def definition_to_json(definition: ProgramDefinition) -> dict[str, Any]:
    """The definition as JSON."""
    return {
        "name": definition.name,
        "signature": to_json(definition.signature),
        "module": module_to_json(definition.module),
        "tools": list(definition.tools),
        "settings": definition.settings.to_json(),
    }


def definition_from_json(data: Mapping[str, Any]) -> ProgramDefinition:
    """The definition that was kept."""
    return ProgramDefinition(
        name=data["name"],
        signature=from_json(data["signature"]),
        module=module_from_json(data["module"]),
        tools=tuple(data["tools"]),
        settings=CallSettings.from_json(data["settings"]),
    )


def settings_of(module: ModuleSpec) -> dict[str, Any]:
    """The settings of a module, without its kind."""
    return module.settings()


def module_of(kind: str, settings: Mapping[str, Any]) -> ModuleSpec:
    """The module of a kind with its settings; raises Invalid under `module`."""
    if "kind" in settings:
        raise Invalid("the kind is said beside the settings", code="unknown_key", path=("module", "kind"))
    try:
        return module_from_json({**settings, "kind": kind})
    except Invalid as failure:
        raise failure.under("module") from None


def call_settings_of(settings: Mapping[str, Any]) -> CallSettings:
    """How a program asks its model; raises Invalid under `settings`."""
    try:
        return CallSettings.from_json(settings)
    except Invalid as failure:
        raise failure.under("settings") from None


def version_values(definition: ProgramDefinition, state: Mapping[str, Any]) -> dict[str, Any]:
    """What a version keeps of a definition and of what it has learned."""
    kept = definition_to_json(definition)
    body = orjson.dumps([kept, state], option=orjson.OPT_SORT_KEYS)
    return {
        "definition": kept,
        "diagram": diagram(definition.signature, definition.module),
        "state": dict(state),
        "digest": sha256(body).hexdigest(),
        "size_bytes": len(body),
        "dspy_version": DSPY_VERSION,
    }
