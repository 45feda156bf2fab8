from __future__ import annotations

import re

from framework.lm.modules.answering import ChainOfThought
from framework.lm.modules.catalogue import module_from_json
from framework.lm.modules.diagram import diagram
from framework.lm.signatures.grammar import parse_signature
from tests.framework.lm.modules.test_pipeline import WHOLE

SIGNATURE = parse_signature("question -> answer")


def test_a_program_of_one_module_is_drawn_between_what_goes_in_and_what_comes_out() -> None:
    assert diagram(SIGNATURE, ChainOfThought()).splitlines() == [
        "flowchart TD",
        '    given[/"question"/]',
        '    answer[/"answer"/]',
        '    it["chain_of_thought"]',
        "    given --> it",
        "    it --> answer",
    ]


def test_every_step_is_drawn_and_every_arrow_leads_from_something_drawn() -> None:
    text = diagram(SIGNATURE, module_from_json(WHOLE))
    drawn = {*re.findall(r"^\s*(?:subgraph )?(\w+)\[", text, re.MULTILINE)}
    assert {f"step_{name}" for name in ("find", "each", "both", "way", "again", "x", "y", "z", "v", "w", "u")} <= drawn
    arrows = re.findall(r"^\s*(\w+) -->\|.*\| (\w+)$", text, re.MULTILINE)
    assert len(arrows) > 8
    assert {end for arrow in arrows for end in arrow} <= drawn
    assert text.count("subgraph") == len(re.findall(r"^\s*end$", text, re.MULTILINE))
    assert "if both.b is x" in text


def test_words_of_mermaid_and_quotes_are_no_part_of_the_drawing() -> None:
    steps = [
        {
            "name": "end",
            "kind": "choose",
            "blocks": [
                {
                    "when": {"source": "question", "one_of": ['say "no"']},
                    "steps": [{"name": "given", "signature": "question -> answer"}],
                    "outputs": {"answer": "given.answer"},
                },
                {"steps": [{"name": "it", "signature": "question -> answer"}], "outputs": {"answer": "it.answer"}},
            ],
        }
    ]
    text = diagram(SIGNATURE, module_from_json({"kind": "pipeline", "steps": steps}))
    assert 'subgraph step_end["end"]' in text
    assert 'step_end -->|"answer"| answer' in text
    assert "#quot;no#quot;" in text
