"""What a client selected: fields with their aliases and arguments, fragments opened, @skip and @include obeyed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from strawberry.types.nodes import FragmentSpread, InlineFragment, SelectedField, Selection


def fields_of(selections: Iterable[Selection]) -> Iterator[SelectedField]:
    """Every field selected; a name may come more than once."""
    for item in selections:
        if not _wanted(item):
            continue
        if isinstance(item, SelectedField):
            yield item
        else:
            assert isinstance(item, (FragmentSpread, InlineFragment))
            yield from fields_of(item.selections)


def under(selections: Iterable[Selection], *path: str) -> list[Selection]:
    """The selections at the end of a path of fields, those of all aliases together."""
    found = list(selections)
    for name in path:
        found = [inner for field in fields_of(found) if field.name == name for inner in field.selections]
    return found


def names_of(selections: Iterable[Selection]) -> frozenset[str]:
    """The names of the fields selected."""
    return frozenset(field.name for field in fields_of(selections))


def on_type(selections: Iterable[Selection], *types: str) -> list[Selection]:
    """The selections that count for records of one type, known by these names: those of other types are left out."""
    found: list[Selection] = []
    for item in selections:
        if isinstance(item, SelectedField):
            found.append(item)
        elif item.type_condition in (None, *types):
            assert isinstance(item, (FragmentSpread, InlineFragment))
            found.append(replace(item, selections=on_type(item.selections, *types)))
    return found


def response_key(field: SelectedField) -> str:
    """The name of a field in the response."""
    return field.alias or field.name


def _wanted(item: Selection) -> bool:
    directives = item.directives
    return not directives.get("skip", {}).get("if", False) and bool(directives.get("include", {}).get("if", True))
