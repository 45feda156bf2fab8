"""What a command is about: the settings, and the domains that they name."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from framework.compiler.domain import Domain, compile_domain
from framework.compiler.loading import load_domains
from framework.settings import Settings, load_settings
from framework.spec.domain import DomainSpec


@dataclass(frozen=True, slots=True)
class Declared:
    """The settings of this process, and its domains as they were declared and compiled."""

    settings: Settings
    domains: Sequence[Domain]
    spec: DomainSpec

    @property
    def migrations(self) -> dict[str, Path]:
        """The folders in which the domains keep their migrations, by the name of the domain."""
        return {domain.name: _folder(domain.migrations) for domain in self.domains if domain.migrations}


def declared(settings: Settings | None = None) -> Declared:
    """Everything that is declared; raises DeclarationError with every mistake in it."""
    known = settings or load_settings()
    domains = load_domains(known.domains)
    return Declared(known, domains, compile_domain(*domains))


def _folder(package: str) -> Path:
    """The folder of a package that may not have been made yet, inside of one that has."""
    outer, _, name = package.rpartition(".")
    found = importlib.util.find_spec(outer) if outer else None
    places = found.submodule_search_locations if found is not None else None
    return Path(next(iter(places or ["."]))) / name
