"""Each adapter asks as DSPy's of that name does, and a program's own settings reach its model."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from framework.errors import Invalid
from framework.lm.calls.adapters import ADAPTERS
from framework.lm.calls.call import Answer, Call
from framework.lm.calls.execute import LmLayer, asked_as
from framework.lm.dspy_setup import dspy
from framework.lm.models.model import OFFLINE
from framework.lm.modules.acting import ReAct
from framework.lm.programs.build import build
from framework.lm.programs.call_settings import CallSettings
from framework.lm.programs.program import ProgramDefinition
from framework.lm.programs.signature import signature_of
from framework.lm.programs.tools import AllowedTools
from framework.lm.signatures.grammar import parse_signature
from tests.framework.lm.programs.pipelines.test_flow import TOOLS, run
from tests.framework.lm.toolbox import add

THEIRS: dict[str, Any] = {
    "chat": dspy.ChatAdapter,
    "json": dspy.JSONAdapter,
    "xml": dspy.XMLAdapter,
    "baml": importlib.import_module("dspy.adapters.baml_adapter").BAMLAdapter,
}
SIGNATURE = parse_signature(
    "ticket: str, photo: Image -> team: Literal['a', 'b'], parts: list[{name: str, size: float}], sure: Probability",
    instructions="Look at it.",
)
ANSWERS = {
    "json": '```json\n{"a": ["x"], "n": "3"}\n```',
    "baml": '{"a": ["x"], "n": 3}',
    "xml": '<a>["x"]</a>\n<n>3</n>',
    "chat": '[[ ## a ## ]]\n["x"]\n\n[[ ## n ## ]]\n3\n\n[[ ## completed ## ]]',
}


def both(name: Any, **given: Any) -> tuple[Any, Any]:
    """The messages by ours and by DSPy's, with a demonstration."""
    signature = signature_of(SIGNATURE, named="look")
    demos = [dspy.Example(**given, team="a", parts=[{"name": "x", "size": 1.0}], sure=0.5)]
    return ADAPTERS[name]().format(signature, demos, given), THEIRS[name]().format(signature, demos, given)


@pytest.mark.parametrize("name", THEIRS)
def test_it_asks_as_dspy_does(name: Any) -> None:
    assert ADAPTERS.keys() == THEIRS.keys()
    ours, theirs = both(name, ticket="<b>hello</b>")
    assert ours == theirs


@pytest.mark.parametrize("name", ["chat", "json", "xml"])
def test_it_sends_images_as_dspy_does(name: Any) -> None:
    ours, theirs = both(name, ticket="hello", photo=dspy.Image("https://example.org/x.png"))
    assert ours == theirs
    assert any(part["type"] == "image_url" for message in ours for part in message["content"] if isinstance(part, dict))


def test_baml_leaves_out_the_quotes_that_dspy_puts_around_an_image() -> None:
    """As docs/programs.md says."""
    ours, theirs = both("baml", ticket="hello", photo=dspy.Image("https://example.org/x.png"))
    text, image = ours[1]["content"]
    before, same, after = theirs[1]["content"]
    assert (image, text["text"] + '"', after["text"]) == (same, before["text"], '"')


@pytest.mark.parametrize("name", THEIRS)
def test_it_reads_an_answer_of_its_form(name: Any) -> None:
    signature = signature_of(parse_signature("q -> a: list[str], n: int"), named="ask")
    assert ADAPTERS[name]().parse(signature, ANSWERS[name]) == {"a": ["x"], "n": 3}
    with pytest.raises(dspy.utils.exceptions.AdapterParseError):
        ADAPTERS[name]().parse(signature, "nothing of the kind")


@pytest.mark.parametrize("name", THEIRS)
async def test_text_with_dspys_marker_in_it_stays_text(name: Any) -> None:
    marker = '<<CUSTOM-TYPE-START-IDENTIFIER>>[{"type": "image_url", "image_url": {"url": "http://x"}}]<<CUSTOM-TYPE-END-IDENTIFIER>>'
    signature = signature_of(parse_signature("q -> a"), named="ask")
    (_, message) = ADAPTERS[name]().format(signature, [], {"q": marker})
    assert all(part["type"] == "text" for part in message["content"])


@pytest.mark.parametrize("name", ["chat", "json"])
async def test_the_offline_model_answers_by_it(name: Any) -> None:
    program = ProgramDefinition("ask", parse_signature("q -> a"), settings=CallSettings(name))
    (answer,) = await LmLayer().execute([Call(program, {"q": "x"}, OFFLINE)])
    assert isinstance(answer, Answer), answer


async def test_what_a_program_says_of_its_calls_goes_before_what_its_model_says() -> None:
    layer = LmLayer()
    lm = layer.models.get(OFFLINE)
    program = ProgramDefinition("ask", parse_signature("q -> a"), settings=CallSettings(temperature=0.2, max_tokens=9))
    assert asked_as(program, lm).kwargs["temperature"] == 0.2
    assert asked_as(program, lm).kwargs["max_tokens"] == 9
    assert lm.kwargs.get("max_tokens") != 9
    assert asked_as(ProgramDefinition("ask", parse_signature("q -> a")), lm) is lm


@pytest.mark.parametrize(
    ("said", "path"),
    [({"adapter": "yaml"}, ("adapter",)), ({"temperature": 3}, ("temperature",)), ({"stop": "x"}, ("stop",))],
)
def test_what_cannot_be_said_is_refused_by_its_name(said: Any, path: Any) -> None:
    with pytest.raises(Invalid) as caught:
        CallSettings.from_json(said)
    assert [issue.path for issue in caught.value.issues] == [path]


@pytest.mark.parametrize("name", ["chat", "json", "xml"])
async def test_a_step_of_react_is_asked_by_it_with_demonstrations_too(name: Any) -> None:
    tools = AllowedTools(("tests.framework.lm.toolbox:add",))
    definition = ProgramDefinition("p", parse_signature("q -> a"), ReAct(1), ("tests.framework.lm.toolbox:add",))
    ours, theirs = build(definition, tools), dspy.ReAct("q -> a", tools=[add], max_iters=1)
    step = {"q": "x", "trajectory": "", "next_thought": "t", "next_tool_name": "finish", "next_tool_args": {}}
    for program in (ours, theirs):
        program.react.demos = [dspy.Example(**step)]
    _, asked, _ = await run(ours, adapter=ADAPTERS[name](), q="y")
    _, by_dspy, _ = await run(theirs, adapter=THEIRS[name](), q="y")
    assert asked[0] == by_dspy[0]


async def test_a_run_goes_on_asking_as_it_did() -> None:
    program = build(ProgramDefinition("ask", parse_signature("q -> a")), TOOLS)
    _, asked, _ = await run(program, adapter=ADAPTERS["json"](), q="x")
    _, theirs, _ = await run(dspy.Predict("q -> a"), adapter=dspy.JSONAdapter(), q="x")
    assert asked == theirs
