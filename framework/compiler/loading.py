"""The domains a process serves, from their names: `resources:PLATFORM,shop:SHOP`."""

from __future__ import annotations

import importlib
import sysconfig
from importlib.util import find_spec
from pathlib import Path
from traceback import extract_tb

from framework.compiler.domain import Domain
from framework.compiler.unknown_words import unknown_word
from framework.errors import DeclarationError, Failure, Invalid
from framework.package_name import PREFIX
from framework.suggest import did_you_mean

# Python's own files, libraries, and ours: a mistake is told at the line that led there.
LIBRARIES = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
NOT_THEIRS = ("<frozen", *LIBRARIES, str(Path(__file__).parents[1]))


def load_domains(text: str) -> tuple[Domain, ...]:
    """The domains named, in order; raises Invalid for a name that leads to none, DeclarationError for a
    word that a declaration has no place for.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise _bad("", "no domain is named", "write `module:NAME`, several with commas between")
    return tuple(_load(name) for name in dict.fromkeys(names))


def _load(reference: str) -> Domain:
    module_name, _, attribute = reference.partition(":")
    if not module_name or not attribute:
        raise _bad(reference, "is not written as `module:NAME`")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        # A module that is missing further in is a mistake of that module's, and its own message says more.
        if error.name is None or not (module_name == error.name or module_name.startswith(f"{error.name}.")):
            raise _broken(reference, error) from error
        raise _bad(reference, f"there is no module `{error.name}`", _where(reference)) from None
    except TypeError as error:
        problem = unknown_word(error)
        if problem is None:
            raise _broken(reference, error) from error
        raise DeclarationError([problem]) from None
    except (DeclarationError, Failure):
        raise
    except Exception as error:
        raise _broken(reference, error) from error
    found = getattr(module, attribute, None)
    if isinstance(found, Domain):
        return found
    if found is not None:
        raise _bad(reference, f"`{attribute}` is of the class {type(found).__name__}, not a Domain")
    known = [name for name, value in vars(module).items() if isinstance(value, Domain)]
    raise _bad(reference, f"`{module_name}` has no `{attribute}`", did_you_mean(attribute, known))


def _broken(reference: str, error: Exception) -> Invalid:
    """What went wrong while the module was read, and in which line of whoever declares."""
    frames = [frame for frame in extract_tb(error.__traceback__) if not frame.filename.startswith(NOT_THEIRS)]
    place = f"{frames[-1].filename}, line {frames[-1].lineno}" if frames else reference
    if isinstance(error, SyntaxError):
        place = f"{error.filename}, line {error.lineno}"
    cause = f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}"
    return Invalid(
        f"DSPEX_DOMAINS `{reference}` cannot be loaded: {place}: {cause}",
        code="bad_domain",
        path=("DSPEX_DOMAINS",),
        params={"reference": reference},
        hint="mend that line, or install what it needs; DSPEX_LOG_LEVEL=debug shows the whole traceback",
    )


def _where(reference: str) -> str:
    """What may be meant: where the package is installed, nothing of ours lies at the top."""
    top = reference.partition(":")[0].partition(".")[0]
    if PREFIX and find_spec(PREFIX + top):
        return f"is it `{PREFIX}{reference}`?"
    return "is its folder on the Python path?"


def _bad(reference: str, says: str, hint: str | None = None) -> Invalid:
    message = f"DSPEX_DOMAINS: {says}" if not reference else f"DSPEX_DOMAINS `{reference}`: {says}"
    return Invalid(message, code="bad_domain", path=("DSPEX_DOMAINS",), params={"reference": reference}, hint=hint)
