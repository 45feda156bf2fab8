"""A verb by name, so that declaring a resource never loads what runs it."""

from __future__ import annotations

from framework.spec.action import VerbRef


def verb(name: str) -> VerbRef:
    """`verb("shop.orders.ship_order")` is the function `ship_order` of the module `shop.orders.ship_order`.

    A function of another name follows a colon: `verb("shop.orders.shipping:ship")`.
    """
    module, _, function = name.partition(":")
    return VerbRef(module, function or module.rpartition(".")[2])
