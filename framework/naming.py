"""Every derived name, so that a convention changes in one place: tables, columns, fields, routes, events."""

from __future__ import annotations

import hashlib
import re

IRREGULAR = {
    "analysis": "analyses",
    "child": "children",
    "criterion": "criteria",
    "datum": "data",
    "epoch": "epochs",
    "index": "indexes",
    "person": "people",
    "status": "statuses",
}
MAX_IDENTIFIER = 63  # PostgreSQL cuts longer names, silently


def snake(name: str) -> str:
    """`LanguageModel` → `language_model`, `totalCount` → `total_count`, `triage-ticket` → `triage_ticket`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return spaced.replace("-", "_").lower()


def camel(name: str) -> str:
    """`language_model` → `languageModel`."""
    head, *rest = snake(name).split("_")
    return head + "".join(part.capitalize() for part in rest)


def pascal(name: str) -> str:
    """`language_model` → `LanguageModel`."""
    return "".join(part.capitalize() for part in snake(name).split("_"))


def kebab(name: str) -> str:
    """`LanguageModel` → `language-model`."""
    return snake(name).replace("_", "-")


def plural(name: str) -> str:
    """The English plural of the last word of a snake-case name."""
    *head, last = name.split("_")
    if last in IRREGULAR:
        last = IRREGULAR[last]
    elif last.endswith(("s", "x", "z", "ch", "sh")):
        last += "es"
    elif last.endswith("y") and last[-2:-1] not in ("", *"aeiou"):
        last = last[:-1] + "ies"
    else:
        last += "s"
    return "_".join([*head, last])


def table_name(resource: str) -> str:
    """`LanguageModel` → `language_models`."""
    return plural(snake(resource))


def foreign_key_name(relationship: str) -> str:
    """The attribute that holds the key of `belongs_to`: `program` → `program_id`."""
    return f"{relationship}_id"


def constraint_name(kind: str, table: str, *parts: str) -> str:
    """`("uq", "programs", "slug")` → `uq_programs_slug`; a name too long for PostgreSQL ends in a digest."""
    name = "_".join([kind, table, *parts])
    if len(name) <= MAX_IDENTIFIER:
        return name
    return f"{name[: MAX_IDENTIFIER - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


# What is named where no action did it: the store deleted the record with another one, or made its link to one absent.
# No action is called so.
CASCADE = "cascade"
NULLIFY = "nullify"


def event_type(resource: str, action: str) -> str:
    """The type of the event an action leaves: `Optimization`, `start` → `optimization.start`."""
    return f"{snake(resource)}.{snake(action)}"


def collection_field(resource: str) -> str:
    """The GraphQL field that lists: `LanguageModel` → `languageModels`."""
    return camel(table_name(resource))


def record_field(resource: str) -> str:
    """The GraphQL field that gets one: `LanguageModel` → `languageModel`."""
    return camel(resource)


def mutation_field(resource: str, action: str) -> str:
    """`Program`, `execute` → `executeProgram`; `Dataset`, `import_examples` → `importDatasetExamples`.

    The resource follows the verb, as in English; a name that already ends in the resource is kept.
    """
    name = snake(action)
    if name.endswith(f"_{snake(resource)}"):
        return camel(name)
    verb, _, rest = name.partition("_")
    return camel("_".join(filter(None, (verb, snake(resource), rest))))


def collection_path(resource: str) -> str:
    """The REST segment: `LanguageModel` → `language-models`."""
    return kebab(table_name(resource))
