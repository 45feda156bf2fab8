"""The layer of language models, by name: what carries out calls of programs, whoever it is."""

from __future__ import annotations

from framework.data.protocols import Executes
from framework.declare.verbs import verb
from framework.lm.calls.call import Answer, Call
from framework.spec.layer import LayerRef

LM: LayerRef[Executes[Call, Answer]] = LayerRef("lm", verb("framework.lm.calls.execute:open_layer"))
