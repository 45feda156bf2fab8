"""Conditions on a record at the end of a link, answered before the list: the keys that they lead to.

`program.slug == "triage"` of a list of executions is a join, which hides from PostgreSQL that one program is meant, and
with it the index of the executions of one program. Asked first, it is `program_id == …`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from framework.data.protocols import Reads
from framework.data.selection import Selection
from framework.expr.nodes import FALSE, Along, Combine, Compare, Comparison, Logic, Node, Ref, Value, every
from framework.spec.domain import DomainSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec

# One more than it takes to know that the condition names one record.
SEVERAL = 2


async def keys_first(where: Node, resource: ResourceSpec, domain: DomainSpec, reader: Reads) -> Node:
    """The condition with the key in the place of what names the one record at the end of a link.

    Where it names several, or is not said of anything unique, it stays as it is; where none, no record satisfies it.
    """
    conditions = _conditions(where)
    for link, said in _along(conditions, resource).items():
        target = domain.target(resource.relationships[link])
        inner = await keys_first(every(*(_inside(each) for each in said)), target, domain, reader)
        if inner == FALSE:
            return FALSE
        if not _names_one(inner, target):
            continue
        key = resource.relationships[link].target_attribute
        found = await reader.read(Selection(target, (key,), inner, limit=SEVERAL))
        if not found:
            return FALSE
        if len(found) < SEVERAL:
            named = Compare(Comparison.EQ, Ref(resource.relationships[link].attribute), Value(found[0][key]))
            conditions = [*(each for each in conditions if each not in said), named]
    return every(*conditions)


def has_keys_first(where: Node, resource: ResourceSpec, domain: DomainSpec) -> bool:
    """Whether there is anything to ask first."""
    for link, said in _along(_conditions(where), resource).items():
        target, inner = domain.target(resource.relationships[link]), every(*(_inside(each) for each in said))
        if _names_one(inner, target) or has_keys_first(inner, target, domain):
            return True
    return False


def _conditions(node: Node) -> Sequence[Node]:
    """What has to be true, each by itself."""
    if isinstance(node, Combine) and node.op is Logic.AND:
        return [part for item in node.items for part in _conditions(item)]
    return [node]


def _along(conditions: Sequence[Node], resource: ResourceSpec) -> dict[str, list[Compare]]:
    """What is said to equal something known at the end of a link whose key the record holds, by the link."""
    found: defaultdict[str, list[Compare]] = defaultdict(list)
    for each in conditions:
        match each:
            case Compare(Comparison.EQ, Along(link), Value(value)) if value is not None:
                if _holds(resource.relationships.get(link)):
                    found[link].append(each)
    return found


def _holds(link: RelationshipSpec | None) -> bool:
    return link is not None and link.holds_key


def _inside(said: Compare) -> Node:
    """What is said, as seen from the other end."""
    assert isinstance(said.left, Along)
    return replace(said, left=said.left.inner)


def _names_one(where: Node, target: ResourceSpec) -> bool:
    """Whether it compares what few records share: the key, or a part of what is unique; and goes along no link."""
    names: set[str] = set()
    for each in _conditions(where):
        match each:
            case Compare(Comparison.EQ, Ref(name), Value()) if name in target.attributes:
                names.add(name)
            case _:
                return False
    unique = {name for identity in target.identities.values() for name in identity.attributes} | {target.key.name}
    if target.tenancy is not None and target.tenancy.attribute != target.key.name:
        unique.discard(target.tenancy.attribute)
    return bool(names & unique)
