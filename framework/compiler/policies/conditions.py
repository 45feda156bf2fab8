"""The conditions of policies, read: expressions of the class, and named checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from framework.compiler.reading_fields import field_name
from framework.declare.policies import SaidCondition
from framework.declare.resource import Resource
from framework.expr.asked import Changing
from framework.expr.build import Expr, Walk, node_of
from framework.expr.nodes import ActorFact, Node, Ref, parts_of, rewrite
from framework.spec.attribute import ABSENT
from framework.spec.policy import ConditionSpec

DEEPEST = 200
ObjectTo = Callable[[str, str | None], None]


def read_conditions(
    said: Sequence[SaidCondition], record: type[Resource], object_to: ObjectTo
) -> Iterator[ConditionSpec]:
    """Each condition as seen from a record of the class; what cannot be read is objected to, and stands for nothing."""
    for each in said:
        try:
            yield _condition(each, record)
            continue
        except NameError as error:
            hint = "a lambda does not see the names of the class body around it"
            object_to(f"`{error.name}` is not in sight", hint)
        except RecursionError:
            object_to("is nested too deep", "say it in several rules, or with `.one_of(…)`")
        except (TypeError, AttributeError) as error:
            object_to(str(error), None)
        except (LookupError, ValueError, ArithmeticError) as error:
            # An author's lambda or check.
            object_to(f"raises {type(error).__name__}: {error}", None)
        # Like nothing else, so that the rule is not objected to for what is left of it.
        yield ConditionSpec(ActorFact(f"unreadable {id(each)}"))


def _condition(said: SaidCondition, record: type[Resource]) -> ConditionSpec:
    match said.what:
        case Expr() as written:
            return ConditionSpec(_node(written, record), said.unless)
        case type() as check:
            raise TypeError(
                f"`{check.__name__}` is a class, which checks nothing by itself: write `{check.__name__}(…)`"
            )
        case check if callable(getattr(check, "condition", None)) and callable(getattr(check, "says", None)):
            return _checked(check, said, record)
        case what if what is ABSENT:
            raise TypeError(f"`{'unless' if said.unless else 'when'}` is told no condition")
        case what:
            raise TypeError(f'{what!r} is no condition: compare a value, `state == "draft"`')


def _checked(check: Any, said: SaidCondition, record: type[Resource]) -> ConditionSpec:
    written = check.condition(record)
    if not isinstance(written, Expr):
        raise TypeError(f"the condition of `{type(check).__name__}` is no expression, but {written!r}")
    return ConditionSpec(_node(written, record), said.unless, str(check.says()))


def _node(written: Expr[Any], record: type[Resource]) -> Node:
    node = node_of(written, record)
    if _deeper_than(node, DEEPEST):
        raise RecursionError
    return rewrite(node, lambda part: _changed(part, record) if isinstance(part, Changing) else None)


def _changed(part: Changing, record: type[Resource]) -> Changing:
    """With the key in the place of a link, as an attribute of the record itself."""
    if not isinstance(part.item, Ref):
        raise TypeError("`changing(…)` is told an attribute of the record itself, as it is")
    word: object = getattr(record, part.item.name, None)
    name = field_name(word, record) if isinstance(word, Walk) else part.item.name
    return replace(part, item=Ref(name))


def _deeper_than(node: Node, most: int) -> bool:
    level: Sequence[Node] = (node,)
    for _ in range(most):
        level = tuple(chain.from_iterable(map(parts_of, level)))
        if not level:
            return False
    return True
