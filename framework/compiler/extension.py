"""An extension: what a library of ours, or of anybody, adds to every domain that lists it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from framework.declare.resource import Resource
from framework.errors import Problem
from framework.spec.domain import DomainSpec

Transformer = Callable[[DomainSpec], DomainSpec]
Verifier = Callable[[DomainSpec], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class Extension:
    """Resources it brings, what it fills in, and what it objects to, each in the order given."""

    name: str
    resources: tuple[type[Resource], ...] = ()
    transformers: tuple[Transformer, ...] = ()
    verifiers: tuple[Verifier, ...] = ()
