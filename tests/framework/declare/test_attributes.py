from __future__ import annotations

from framework.declare.attributes import AttributeOptions, attribute, created_at, primary_key, sequence_key, updated_at
from framework.expr.build import moment, node_of
from framework.expr.nodes import Call, Function
from framework.spec.attribute import Default, Origin, Visibility


def words(said: object) -> AttributeOptions:
    found = said.options  # type: ignore[attr-defined]  # a test looks behind the words
    assert isinstance(found, AttributeOptions)
    return found


def test_an_attribute_has_no_default_unless_one_was_said() -> None:
    assert words(attribute()).default is None
    assert words(attribute(default=None)).default == Default(value=None)
    assert words(attribute(default_factory=list)).default == Default(make=list)


def test_a_default_may_be_an_expression_that_the_database_works_out() -> None:
    assert node_of(words(attribute(default=moment())).expression) == Call(Function.NOW)


def test_what_hides_a_value() -> None:
    assert words(attribute(private=True)).visibility is Visibility.PRIVATE
    assert words(attribute()).visibility is Visibility.PUBLIC
    assert words(attribute(sensitive=True)).sensitive


def test_generated_values_are_nobodys_to_give() -> None:
    key, sequence, made, changed = (words(word()) for word in (primary_key, sequence_key, created_at, updated_at))
    assert (key.primary_key, key.origin) == (True, Origin.GENERATED)
    assert (sequence.primary_key, sequence.origin, sequence.default) == (True, Origin.SEQUENCE, None)
    assert made.default == Default(node=Call(Function.NOW))
    assert made.touched is None
    assert changed.touched is not None
