"""GEPA: reflects on what went wrong on a few examples, rewrites the instructions, and keeps what helps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from framework.lm.calls.user_text import UserTextJsonAdapter
from framework.lm.dspy_setup import dspy
from framework.lm.optimize.events import Fidelity
from framework.lm.optimize.optimizer import Optimizer, Params, Search
from framework.lm.programs.state import dump


class GepaParams(Params):
    """How many rewrites to try, and how many examples to reflect on for each."""

    iterations: Annotated[int, Field(ge=1, le=200)] = 10
    minibatch_size: Annotated[int, Field(ge=1, le=50)] = 3


class _Diary:
    """GEPA's own events made into trials: the start, and then one for each iteration, whatever became of it."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self.start = dump(search.student)
        self.proposals = 0
        self.scored: tuple[Fidelity, float, tuple[int, int]] | None = None
        self.candidate: Mapping[str, str] = {}

    def on_valset_evaluated(self, event: Mapping[str, Any]) -> None:
        """A candidate was scored on the whole validation set."""
        self.candidate = event["candidate"]
        counts = (event["num_examples_evaluated"], self.search.observer.failed_last)
        self.scored = (Fidelity.FULL, event["average_score"], counts)
        if event["iteration"] == 0:
            self._report()

    def on_iteration_start(self, _: Mapping[str, Any]) -> None:
        """A rewrite is about to be tried."""
        self.scored = None

    def on_evaluation_end(self, event: Mapping[str, Any]) -> None:
        """A few examples were scored: first with the parent, then with what it was rewritten to."""
        if event["candidate_idx"] is None and self.scored is None:
            scores = event["scores"]
            counts = (len(scores), self.search.observer.failed_last)
            self.scored = (Fidelity.MINIBATCH, sum(scores) / len(scores), counts)

    def on_proposal_end(self, event: Mapping[str, Any]) -> None:
        """The reflection proposed new instructions."""
        self.proposals += bool(event["new_instructions"])

    def on_iteration_end(self, _: Mapping[str, Any]) -> None:
        """A rewrite was kept, rejected or not even proposed; or the search was stopped in the middle of it."""
        if not self.search.observer.stopped:
            self._report()

    def _report(self) -> None:
        fidelity, score, counts = self.scored or (Fidelity.SKIPPED, None, (0, 0))
        self.search.observer.add(fidelity, score=score, counts=counts, state=self._state)

    def _state(self) -> Mapping[str, Any]:
        """The start with the candidate's instructions."""
        rewritten = {part: {**self.start[part], "instructions": words} for part, words in self.candidate.items()}
        return {**self.start, **rewritten}


def _search(params: GepaParams, search: Search) -> tuple[str, ...]:
    diary = _Diary(search)
    most = (params.iterations + 1) * (len(search.validation) + 2 * params.minibatch_size)
    optimizer = dspy.GEPA(
        metric=search.scorer.feedback,
        max_metric_calls=most,
        reflection_minibatch_size=params.minibatch_size,
        reflection_lm=search.prompt_model,
        # DSPy's own, but that text of examples stays text.
        instruction_proposer=dspy.teleprompt.gepa.InstructionProposer(adapter=UserTextJsonAdapter()),
        num_threads=search.threads,
        use_merge=False,
        seed=search.seed,
        log_dir=None,
        warn_on_score_mismatch=False,
        gepa_kwargs={"callbacks": [diary], "stop_callbacks": [lambda state: state.i + 1 >= params.iterations]},
    )
    optimizer.compile(search.student, trainset=list(search.training), valset=list(search.validation))
    return () if diary.proposals else ("no new instructions were proposed: the prompt model may not follow its format",)


GEPA = Optimizer(
    name="gepa",
    description="reflects on mistakes and rewrites the instructions",
    params=GepaParams,
    needs=lambda params: (params.minibatch_size, 1),
    trials=lambda params: params.iterations + 1,
    search=_search,
    reading=lambda _: None,
)
