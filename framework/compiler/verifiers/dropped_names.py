"""What may go is declared no longer, under any name: a mark on something that is there would wait for its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from framework.errors import Problem, Source
from framework.spec.domain import DomainSpec


def dropped_names(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to a mark on something that is declared still, or that has another name now, and to what is no name."""
    before = [spec.renamed_from for spec in domain.resources.values()]
    yield from _dropped(domain.dropped, domain.resources, before, path="dropped", at=Source("<domain>", 0))
    for spec in domain.resources.values():
        fields = {**spec.attributes, **spec.relationships, **spec.derived}
        renamed = [each.renamed_from for each in spec.attributes.values()]
        renamed += [each.renamed_from for each in spec.relationships.values()]
        yield from _dropped(spec.dropped, fields, renamed, path=f"{spec.name}.dropped", at=spec.source)


def _dropped(
    said: Sequence[object], known: Iterable[str], renamed: Iterable[str | None], *, path: str, at: Source
) -> Iterator[Problem]:
    there, moved = {*known}, {*renamed}
    for name in said:
        if not isinstance(name, str) or not name:
            yield Problem(at, path, f"`{name!r}` is no name", "write a text")
        elif name in there:
            yield Problem(at, path, f"`{name}` is declared still", "take it out of one of the two")
        elif name in moved:
            yield Problem(at, path, f"`{name}` has another name now, by `renamed_from`", "leave one of the two out")
