"""What may go is declared no longer, under any name: a mark on something that is there would wait for its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from framework.errors import Problem, Source
from framework.spec.domain import DomainSpec


def dropped_names(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to a mark on something that is declared still, or that has another name now, and to what is no name."""
    before = [spec.renamed_from for spec in domain.resources.values()]
    resources = {name: name for name in domain.resources}
    yield from _dropped(domain.dropped, resources, before, path="dropped", at=Source("<domain>", 0))
    for spec in domain.resources.values():
        fields = {attribute.column_name: name for name, attribute in spec.attributes.items()}
        fields |= {name: name for name in (*spec.attributes, *spec.relationships, *spec.derived)}
        renamed = [each.renamed_from for each in spec.attributes.values()]
        renamed += [each.renamed_from for each in spec.relationships.values()]
        yield from _dropped(spec.dropped, fields, renamed, path=f"{spec.name}.dropped", at=spec.source)


def _dropped(
    said: Sequence[object], known: Mapping[str, str], renamed: Iterable[str | None], *, path: str, at: Source
) -> Iterator[Problem]:
    moved = {*renamed}
    for name in said:
        if not isinstance(name, str) or not name:
            yield Problem(at, path, f"`{name!r}` is no name", "write a text")
        elif (still := known.get(name)) is not None:
            says = "is declared still" if still == name else f"is the column of `{still}`, which is declared still"
            yield Problem(at, path, f"`{name}` {says}", "take it out of one of the two")
        elif name in moved:
            yield Problem(at, path, f"`{name}` has another name now, by `renamed_from`", "leave one of the two out")
