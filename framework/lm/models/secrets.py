"""Where the keys of language models may be read from: named environment variables and files, nothing else.

A model's address is data that a user may set. If any variable or file could be named beside it, a request would
carry that content to the address; so what may be read is named by whoever runs the installation, one by one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from framework.errors import Invalid, Unavailable
from framework.setting_forms import listed
from framework.settings import Settings


@dataclass(frozen=True, slots=True)
class Secrets:
    """The references that may be followed, and the reader that follows them."""

    names: tuple[str, ...] = ()
    directories: tuple[Path, ...] = ()
    # Keys are named at run time, so no setting can hold them.
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those of an installation."""
        return cls(listed(settings.key_variables))

    def check(self, reference: str) -> None:
        """Raises Invalid for a reference that is not followed, whether or not there is something behind it."""
        if reference.startswith("file:"):
            self._allowed(Path(reference.removeprefix("file:")))
        elif reference not in self.names:
            hint = f"whoever runs the installation adds {reference} to DSPEX_KEY_VARIABLES, for the API and the workers"
            raise self._refused(reference, "only variables that DSPEX_KEY_VARIABLES names are read", hint)

    def read(self, reference: str) -> str:
        """The secret that a reference points to; it must never be logged or returned."""
        self.check(reference)
        if reference.startswith("file:"):
            return self._file(Path(reference.removeprefix("file:")))
        value = self.environment.get(reference)
        if not value:
            raise Unavailable(
                f"the key of the model is not set: there is no environment variable {reference}",
                code="model_auth",
                params={"reference": reference},
                hint=f"set {reference} where the API and the workers run",
            )
        return value

    def _allowed(self, path: Path) -> Path:
        real = path.resolve()
        if not self.directories:
            raise self._refused(f"file:{path}", "no directory of files with keys is configured: name a variable")
        if not any(real.is_relative_to(directory.resolve()) for directory in self.directories):
            raise self._refused(f"file:{path}", "the file is outside of the directories that hold keys")
        return real

    def _file(self, path: Path) -> str:
        try:
            return self._allowed(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Unavailable(
                f"the key of the model cannot be read from its file: {error.strerror}",
                code="model_auth",
                params={"reference": f"file:{path}"},
            ) from None

    def _refused(self, reference: str, why: str, hint: str | None = None) -> Invalid:
        return Invalid(
            f"`api_key_ref` of the model: {why}",
            code="secret_not_allowed",
            path=("api_key_ref",),
            params={"reference": reference},
            hint=hint,
        )
