from framework.declare.verbs import verb
from framework.spec.action import VerbRef


def test_a_verb_is_the_function_named_as_its_module() -> None:
    assert verb("shop.orders.ship_order") == VerbRef("shop.orders.ship_order", "ship_order")


def test_a_verb_of_another_name_follows_a_colon() -> None:
    assert str(verb("shop.orders.shipping:ship")) == "shop.orders.shipping:ship"
    assert verb("shop.orders.shipping:ship") == VerbRef("shop.orders.shipping", "ship")
