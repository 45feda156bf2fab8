"""The conditions of policies speak of what is there, in types that go together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from framework.compiler.policies.declared import DeclaredCondition, without_a_call
from framework.errors import Problem
from framework.expr.asked import Changing, Given
from framework.expr.nodes import (
    TRUE,
    ActorFact,
    Arg,
    Arithmetic,
    Call,
    Compare,
    Comparison,
    Function,
    Node,
    Ref,
    Value,
    parts_of,
    rewrite,
    walk,
)
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.changing import may_change
from framework.spec.domain import DomainSpec
from framework.spec.given import types_given
from framework.spec.inference import Inference
from framework.spec.policy import PolicySpec
from framework.spec.resource import ResourceSpec
from framework.suggest import did_you_mean
from framework.types.type import Type

Wrong = tuple[str, str | None]  # what is wrong, a way out
NO_TYPES: Mapping[str, Type] = {}


def typed_policies(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to conditions that nobody could decide."""
    for spec in domain.resources.values():
        for policy in spec.policies:
            actions = [action for action in spec.actions.values() if policy.about(action)]
            for condition in policy.conditions:
                said = DeclaredCondition(policy.path, policy.source, condition.node)
                yield from _problems(said, _of_a_call(said.node, policy, actions, spec))
                yield from _typed(said, actions, spec, domain)
        for field in spec.field_policies.values():
            givers = [action for action in spec.actions.values() if field.name in action.accept]
            for condition in field.writable:
                said = DeclaredCondition(field.path, field.source, condition.node)
                yield from _problems(said, _given(said.node, givers, spec))
                yield from _typed(said, givers, spec, domain)
        for said in without_a_call(spec):
            yield from _problems(said, _of_no_call(said.node))
            yield from _typed(said, (), spec, domain)


def _problems(said: DeclaredCondition, wrongs: Iterable[Wrong]) -> Iterator[Problem]:
    return (Problem(said.source, said.path, says, hint) for says, hint in wrongs)


def _of_a_call(node: Node, policy: PolicySpec, actions: list[ActionSpec], spec: ResourceSpec) -> Iterator[Wrong]:
    yield from _given(node, actions, spec)
    named = [action for action in actions if action.name in policy.names]
    for name in _changed(node):
        if name not in spec.attributes:
            yield f"`{name}` is not an attribute of `{spec.name}`", did_you_mean(name, spec.attributes)
            continue
        for action in named:
            if not (may_change(action, name) or action.kind is ActionKind.CREATE):
                yield f"`{action.name}` changes no `{name}`", "name the actions that accept it, or that move it"
        if actions and not any(may_change(action, name) or action.kind is ActionKind.CREATE for action in actions):
            yield f"no action that this is about changes `{name}`", None


def _given(node: Node, actions: list[ActionSpec], spec: ResourceSpec) -> Iterator[Wrong]:
    """A value that some call cannot give would be unknown, and the rule refuse that call without a word."""
    for part in walk(node):
        if isinstance(part, Given):
            for action in actions:
                known = types_given(action, spec)
                if part.name not in known:
                    hint = did_you_mean(part.name, known) or "say it in a rule about the actions that take it"
                    yield f"`{action.name}` takes no `{part.name}`", hint


def _of_no_call(node: Node) -> Iterator[Wrong]:
    if any(isinstance(part, Given) for part in walk(node)):
        yield "is asked whenever a record is read, so no call gives anything", "leave out `given(…)`"
    if any(isinstance(part, Changing) for part in walk(node)):
        yield "is asked whenever a record is read, so nothing is changed", "leave out `changing(…)`"


def _changed(node: Node) -> list[str]:
    items = (part.item for part in walk(node) if isinstance(part, Changing))
    return list(dict.fromkeys(item.name for item in items if isinstance(item, Ref)))


def _typed(
    said: DeclaredCondition, actions: Iterable[ActionSpec], spec: ResourceSpec, domain: DomainSpec
) -> Iterator[Problem]:
    node = said.node
    if isinstance(node, Value):
        yield Problem(said.source, said.path, f"`{node.value!r}` is no condition", 'compare a value: `title != ""`')
        return
    yield from _problems(said, _strange(node))
    problems: list[Problem] = []

    def object_to(says: str, hint: str | None = None) -> None:
        problems.append(Problem(said.source, said.path, says, hint))

    for ends in _ends(node):
        Inference(domain, NO_TYPES, object_to).condition(ends, (spec,))
    takes_part = any(isinstance(part, Given) for part in walk(node))
    for arguments in [types_given(action, spec) for action in actions] if takes_part else [NO_TYPES]:
        plain = rewrite(node, lambda part, arguments=arguments: _as_argument(part, arguments))  # type: ignore[misc]  # mypy cannot infer a lambda with defaults
        Inference(domain, arguments, object_to).condition(plain, (spec,))
    yield from dict.fromkeys(problems)


def _ends(node: Node) -> Iterator[Node]:
    """What a change is from and to, each as the comparison that it comes to."""
    for part in walk(node):
        if isinstance(part, Changing):
            for end in (*(part.before or ()), *(part.after or ())):
                yield Compare(Comparison.EQ, part.item, end)


def _as_argument(part: Node, arguments: Mapping[str, Type]) -> Node | None:
    """What a call gives is typed as an argument is; what it cannot give was objected to by its name."""
    match part:
        case Changing():
            return TRUE
        case Given(name):
            return Arg(name) if name in arguments else Value(None)
        case _:
            return None


def _strange(node: Node) -> Iterator[Wrong]:
    for part in walk(node):
        if isinstance(part, Arg):
            yield "`argument_value(…)` is for the `where` of a read", f'write `given("{part.name}")`'
        if isinstance(part, Arithmetic) or (isinstance(part, Call) and part.function is Function.ABS):
            for fact in parts_of(part):
                if isinstance(fact, ActorFact):
                    says = f"the actor's `{fact.name}` may be anything: it is compared, and not calculated with"
                    yield says, "calculate with the value that it is compared with"
