"""Every expression speaks of what is there, in types that go together, and gives what it is declared to give."""

from __future__ import annotations

from collections.abc import Iterator

from framework.compiler.expressions import DeclaredExpression, filters, rules, worked_out
from framework.errors import Problem
from framework.expr.nodes import ActorFact, Arg, Node, Value, walk
from framework.spec.attribute import AttributeSpec, DerivedSpec
from framework.spec.domain import DomainSpec
from framework.spec.inference import Inference, InferredType
from framework.spec.resource import ResourceSpec
from framework.types.type import Kind, Type

# What an expression of the kind on the left may also be kept as.
WIDER: dict[Kind, frozenset[Kind]] = {Kind.INTEGER: frozenset({Kind.FLOAT, Kind.DECIMAL})}
# What it may also be annotated as: the value that is read is turned into that.
ALSO: dict[Kind, frozenset[Kind]] = {
    Kind.INTEGER: frozenset({Kind.FLOAT, Kind.DECIMAL, Kind.ENUM, Kind.LITERAL}),
    Kind.FLOAT: frozenset({Kind.DECIMAL}),
    Kind.DECIMAL: frozenset({Kind.FLOAT}),
    Kind.STRING: frozenset({Kind.ENUM, Kind.LITERAL}),
    Kind.ENUM: frozenset({Kind.STRING, Kind.LITERAL, Kind.INTEGER}),
    Kind.LITERAL: frozenset({Kind.STRING, Kind.ENUM, Kind.INTEGER}),
}


def typed_expressions(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to what no back end could work out, and to annotations that an expression breaks."""
    for spec in domain.resources.values():
        for said in (*rules(spec), *filters(spec)):
            yield from _condition(said, spec, domain)
        for said in worked_out(spec):
            yield from _part(said, spec, domain)
        for derived in spec.derived.values():
            yield from _derived(derived, spec, domain)
        for attribute in spec.attributes.values():
            if attribute.default is not None and attribute.default.node is not None:
                yield from _default(attribute, attribute.default.node, spec, domain)
            if attribute.computed is not None:
                yield from _computed(attribute, attribute.computed, spec, domain)
            if attribute.backfill is not None and attribute.backfill.node is not None:
                yield from _backfill(attribute, attribute.backfill.node, spec, domain)


def _condition(said: DeclaredExpression, spec: ResourceSpec, domain: DomainSpec) -> Iterator[Problem]:
    if isinstance(said.node, Value):
        says = f"`{said.node.value!r}` speaks of no value of the record"
        yield Problem(said.source, said.path, says, 'compare a value: `title != ""`')
        return
    problems: list[Problem] = []
    _inference(said, problems, domain).condition(said.node, (spec,))
    yield from problems


def _part(said: DeclaredExpression, spec: ResourceSpec, domain: DomainSpec) -> Iterator[Problem]:
    problems: list[Problem] = []
    _inference(said, problems, domain).infer(said.node, (spec,))
    yield from problems


def _derived(derived: DerivedSpec, spec: ResourceSpec, domain: DomainSpec) -> Iterator[Problem]:
    said = DeclaredExpression(f"{spec.name}.{derived.name}", derived.source, derived.node)
    problems: list[Problem] = []
    found = _inference(said, problems, domain).infer(derived.node, (spec,))
    problems.extend(Problem(said.source, said.path, says) for says in _of_a_call(derived.node))
    if not problems:
        problems.extend(_annotation(said, found, derived.type))
    yield from problems


def _annotation(said: DeclaredExpression, found: InferredType, kind: Type) -> Iterator[Problem]:
    if kind.kind is Kind.JSON:
        return
    if found.type is not None and found.kind is not None and not _fits(found.type, kind):
        says = f"is annotated as {_named(kind)}, but its expression gives {_named(found.type)}"
        yield Problem(said.source, said.path, says)
    elif found.nullable and not kind.nullable:
        yield Problem(said.source, said.path, "its expression may give None", "write `Attr[... | None]`")


def _default(attribute: AttributeSpec, node: Node, spec: ResourceSpec, domain: DomainSpec) -> Iterator[Problem]:
    said = DeclaredExpression(f"{spec.name}.{attribute.name}", attribute.source, node)
    seen = [part for part in walk(node) if hasattr(part, "link") or hasattr(part, "name")]
    if any(not isinstance(part, (ActorFact, Arg)) for part in seen):
        says = "the default looks at values of a record that is not there yet"
        yield Problem(said.source, said.path, says, "set it in a step of the create")
        return
    problems: list[Problem] = []
    found = _inference(said, problems, domain).infer(node, (spec,))
    if not problems and found.kind is not None and not _kept(found.kind, attribute.type.kind):
        says = f"is of the type {attribute.type.kind}, but its default gives {found.kind}"
        problems.append(Problem(said.source, said.path, says))
    yield from problems


def _backfill(attribute: AttributeSpec, node: Node, spec: ResourceSpec, domain: DomainSpec) -> Iterator[Problem]:
    """What records get that stand already is worked out when a migration runs: nobody calls, so there is no actor."""
    said = DeclaredExpression(f"{spec.name}.{attribute.name}", attribute.source, node)
    problems: list[Problem] = []
    found = _inference(said, problems, domain).infer(node, (spec,))
    if any(isinstance(part, ActorFact) for part in walk(node)):
        problems.append(Problem(said.source, said.path, "a migration has no actor, so its backfill knows none"))
    if not problems and found.kind is not None and not _kept(found.kind, attribute.type.kind):
        says = f"is of the type {attribute.type.kind}, but its backfill gives {found.kind}"
        problems.append(Problem(said.source, said.path, says))
    if not problems and found.nullable and not attribute.type.nullable:
        problems.append(Problem(said.source, said.path, "its backfill may give None", "end it in `.or_else(...)`"))
    yield from problems


def _computed(attribute: AttributeSpec, node: Node, spec: ResourceSpec, domain: DomainSpec) -> Iterator[Problem]:
    """What a stored calculation gives is a value of its column as it is: there is nobody to turn it into another."""
    said = DeclaredExpression(f"{spec.name}.{attribute.name}", attribute.source, node)
    problems: list[Problem] = []
    found = _inference(said, problems, domain).infer(node, (spec,))
    if not problems and found.kind is not None and not _kept(found.kind, attribute.type.kind):
        says = f"is annotated as {attribute.type.kind}, but its expression gives {found.kind}"
        problems.append(Problem(said.source, said.path, says))
    if not problems and found.nullable and not attribute.type.nullable:
        problems.append(Problem(said.source, said.path, "its expression may give None", "write `Attr[... | None]`"))
    yield from problems


def _kept(found: Kind, kind: Kind) -> bool:
    return found is kind or Kind.JSON in (found, kind) or kind in WIDER.get(found, ())


def _of_a_call(node: Node) -> Iterator[str]:
    if any(isinstance(part, ActorFact) for part in walk(node)):
        yield "a derived value is the same whoever reads it, so it knows no `actor(...)`"


def _fits(found: Type, kind: Type) -> bool:
    if found.kind is not kind.kind:
        return kind.kind in ALSO.get(found.kind, ())
    return found.item is None or kind.item is None or _fits(found.item, kind.item) or Kind.JSON is kind.item.kind


def _named(kind: Type) -> str:
    return str(kind.kind) if kind.item is None else f"{kind.kind} of {kind.item.kind}"


def _inference(said: DeclaredExpression, problems: list[Problem], domain: DomainSpec) -> Inference:
    def object_to(says: str, hint: str | None = None) -> None:
        problems.append(Problem(said.source, said.path, says, hint))

    return Inference(domain, said.arguments, object_to)
