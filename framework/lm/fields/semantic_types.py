"""The types named for their meaning, as annotations for the class form.

confidence: Probability = output()
vector: Annotated[list[float], dimensions(384)] = output()
"""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from framework.lm.fields.annotations import Citation
from framework.lm.fields.field_types import Semantic, SemanticType

__all__ = ["Citation", "History", "Image", "Probability", "Reasoning", "Score", "dimensions"]

Probability: TypeAlias = Annotated[float, SemanticType(Semantic.PROBABILITY)]
Score: TypeAlias = Annotated[float, SemanticType(Semantic.SCORE)]
Reasoning: TypeAlias = Annotated[str, SemanticType(Semantic.REASONING)]
Image: TypeAlias = Annotated[str, SemanticType(Semantic.IMAGE)]
History: TypeAlias = Annotated[list[dict[str, Any]], SemanticType(Semantic.HISTORY)]


def dimensions(size: int) -> SemanticType:
    """The number of dimensions of an embedding."""
    return SemanticType(Semantic.EMBEDDING, size)
