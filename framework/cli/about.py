"""The command that says what is installed, and where everything lies."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.markup import escape

from framework.cli.output import Json, print_json
from framework.embedded.failure import ServerFailed
from framework.embedded.programs import postgres_programs, redis_program
from framework.settings import Settings, load_settings

# What a report of a fault has to say; each is asked for by name, and none is loaded.
PACKAGES = (
    *("dspy", "litellm", "fastapi", "starlette", "uvicorn", "strawberry-graphql", "graphql-core", "sqlalchemy"),
    *("alembic", "psycopg", "celery", "redis", "pydantic"),
)


def about(*, json: Json = False) -> None:
    """Print the versions of everything, and where the data lies."""
    settings = load_settings()
    parts: Mapping[str, Mapping[str, str]] = {
        "versions": {"dspex": version("dspex"), "python": _python(), "system": platform.platform()},
        "servers": {"PostgreSQL": _postgres(settings), "Redis": _redis(settings)},
        "packages": {name: _version(name) for name in PACKAGES},
        "places": _places(settings),
    }
    if json:
        print_json(parts)
        return
    console = Console(highlight=False)
    for values in parts.values():
        for name, value in values.items():
            console.print(f"[bold]{name:<20}[/bold]{escape(value)}", soft_wrap=True)


def _places(settings: Settings) -> Mapping[str, str]:
    return {
        "data": str(settings.data_dir.expanduser().resolve()),
        "code": str(Path(__file__).parents[2]),
        "domains": settings.domains,
        "API": f"{settings.host}:{settings.port}",
    }


def _python() -> str:
    return f"{platform.python_version()} ({sys.executable})"


def _postgres(settings: Settings) -> str:
    if settings.database_url is not None:
        return _address(settings.database_url)
    try:
        return f"embedded, {_said_by(postgres_programs() / 'postgres')}"
    except ServerFailed as failure:
        return str(failure)


def _redis(settings: Settings) -> str:
    if settings.redis_url is not None:
        return _address(settings.redis_url)
    try:
        return f"embedded, {_said_by(redis_program())}"
    except ServerFailed as failure:
        return str(failure)


def _address(url: str) -> str:
    """Where a server is that was given, without what one has to know to be let in."""
    parts = urlsplit(url)
    return f"at {parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _said_by(program: Path) -> str:
    ended = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return f"{ended.stdout.strip()} ({program})"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
