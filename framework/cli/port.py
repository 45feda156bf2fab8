"""The option that says where to listen."""

from __future__ import annotations

from typing import Annotated

import typer

Port = Annotated[int | None, typer.Option(help="Where to listen.", min=0, max=65535)]
