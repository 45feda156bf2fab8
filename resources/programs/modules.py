"""The words for a declared program's module."""

from __future__ import annotations

from framework.lm.programs.program import ModuleSpec


def predict() -> ModuleSpec:
    """Answers at once."""
    return ModuleSpec("predict")


def chain_of_thought() -> ModuleSpec:
    """Reasons first."""
    return ModuleSpec("chain_of_thought")


def react(max_iters: int = 20) -> ModuleSpec:
    """Uses tools until it can answer."""
    return ModuleSpec("react", max_iters=max_iters)


def best_of_n(n: int = 3, *, threshold: float = 1.0, reward_field: str | None = None) -> ModuleSpec:
    """Answers several times and keeps the best."""
    return ModuleSpec("best_of_n", n=n, threshold=threshold, reward_field=reward_field)
