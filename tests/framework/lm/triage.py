"""A small routing task for tests: tickets made of patterns, enough of them to learn from."""

from __future__ import annotations

import random

from framework.lm.evaluation.evaluation import Example, Subject
from framework.lm.metrics.metric_kinds import MetricKind
from framework.lm.metrics.metrics import MetricDefinition, MetricField
from framework.lm.models.model import OFFLINE, ModelDefinition
from framework.lm.modules.answering import Predict
from framework.lm.modules.module import ModuleSpec
from framework.lm.optimize.run import Data
from framework.lm.programs.program import ProgramDefinition
from framework.lm.signatures.grammar import parse_signature

SIGNATURE = parse_signature(
    "ticket: str -> team: Literal['billing', 'technical', 'account'], confidence: Probability",
    instructions="Route the ticket.",
)
PROGRAM = ProgramDefinition("triage-ticket", SIGNATURE)
METRIC = MetricDefinition(MetricKind.EXACT, (MetricField("team"),))
PATTERNS = {
    "billing": ("refund my {x}", "wrong charge on {x}", "invoice missing for {x}", "payment for {x} was taken twice"),
    "technical": ("{x} crashes on start", "error shown in {x}", "{x} does not load", "timeout when opening {x}"),
    "account": ("reset password for {x}", "cannot log in to {x}", "change email of {x}", "delete my profile in {x}"),
}
THINGS = ("order", "app", "dashboard", "subscription", "portal", "report", "plan", "site", "tablet", "charger")


def examples(count: int, *, seed: int = 0) -> tuple[Example, ...]:
    """So many different tickets with the team that answers them."""
    pairs = [(team, pattern.format(x=x)) for team, patterns in PATTERNS.items() for pattern in patterns for x in THINGS]
    chosen = random.Random(seed).sample(pairs, count)
    return tuple(Example({"ticket": text}, {"team": team}, text) for team, text in chosen)


def data(*, training: int = 24, validation: int = 12, holdout: int = 12) -> Data:
    """Examples in three parts that share none."""
    all_of_them = examples(training + validation + holdout)
    return Data(
        all_of_them[:training], all_of_them[training : training + validation], all_of_them[training + validation :]
    )


def subject(*, model: ModelDefinition = OFFLINE, module: ModuleSpec | None = None) -> Subject:
    """The routing program, which has learned nothing yet."""
    return Subject(ProgramDefinition("triage-ticket", SIGNATURE, module or Predict()), model)
