"""Rules of thumb in an instruction: which words speak for which label.

One rule is one line, `RULE team = billing: refund 3, invoice 2`; the numbers say how often a word was seen. The
offline model follows such lines where an instruction has them, and writes them when it is asked to propose an
instruction from examples. So what an optimizer gains from it is learned from the data, and is measured.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping

from framework.lm.offline.similarity import words

_RULE = re.compile(r"^[ \t]*RULE (\w+) = ([^:\n]+): (.+)$", re.MULTILINE)
_WEIGHTED = re.compile(r"([^\W\d_]\w*) (\d+)")

Rules = dict[str, dict[str, Counter[str]]]
Observation = tuple[str, Mapping[str, str]]

LABELS = 12
LABEL_LENGTH = 40


def read_rules(text: str) -> Rules:
    """Every rule in a text; rules on the same label add up."""
    rules: Rules = {}
    for field, label, listed in _RULE.findall(text):
        seen = rules.setdefault(field, {}).setdefault(label.strip(), Counter())
        for word, count in _WEIGHTED.findall(listed):
            seen[word] += int(count)
    return rules


def without_rules(text: str) -> str:
    """The text with its rule lines taken out."""
    return _RULE.sub("", text).strip()


def learn(observations: Iterable[Observation]) -> Rules:
    """The rules that examples support: for each label, how often each word was seen with it."""
    rules: Rules = {}
    for text, outputs in observations:
        for field, label in outputs.items():
            if label and len(label) <= LABEL_LENGTH and "\n" not in label and ":" not in label:
                rules.setdefault(field, {}).setdefault(label, Counter()).update(set(words(text)))
    return {field: labels for field, labels in rules.items() if len(labels) <= LABELS}


def merge(*many: Rules) -> Rules:
    """All rules together, their counts added."""
    merged: Rules = {}
    for rules in many:
        for field, labels in rules.items():
            for label, seen in labels.items():
                merged.setdefault(field, {}).setdefault(label, Counter()).update(seen)
    return merged


def write_rules(rules: Rules, *, limit: int) -> str:
    """The rules as lines, each label with the `limit` words that set it apart the most."""
    return "\n".join(
        f"RULE {field} = {label}: {', '.join(f'{word} {count}' for word, count in telling)}"
        for field, labels in sorted(rules.items())
        for label in sorted(labels)
        if (telling := _telling(labels, label, limit))
    )


def support(rules: Rules, field: str, *, label: str, text: str) -> float:
    """How strongly the rules speak for a label, given a text."""
    labels = rules.get(field, {})
    if label not in labels:
        return 0.0
    found = set(words(text))
    return math.fsum(math.log1p(count) for word, count in labels[label].items() if word in found) / math.sqrt(
        len(found) or 1
    )


def _telling(labels: Mapping[str, Counter[str]], label: str, limit: int) -> list[tuple[str, int]]:
    def lead(word: str) -> int:
        rivals = (seen[word] for name, seen in labels.items() if name != label)
        return labels[label][word] - sum(rivals)

    ranked = sorted(labels[label], key=lambda word: (-lead(word), word))
    return [(word, lead(word)) for word in ranked if lead(word) > 0 and not word.isdigit()][:limit]
