"""The name of a Python object: `module:name`, as entry points have it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Reference = Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$", max_length=300)]
