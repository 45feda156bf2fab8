"""The forms that settings have as texts: lists, origins, networks, addresses."""

from __future__ import annotations

import re
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

# A name or an address, as RFC 3986 §3.2.2 has it without escapes.
HOST = re.compile(r"[a-z0-9_.-]+|[0-9a-f:.]+")
VARIABLE = re.compile(r"(?!DSPEX_|DATABASE_URL$|REDIS_URL$)[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - what is meant by it is looked at
USUAL_PORTS = {"http": 80, "https": 443}


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Authentication(StrEnum):
    """Whether everybody has to say who they are, or whoever sits at this machine has not to."""

    AUTO = "auto"
    REQUIRED = "required"


class ModelPlace(StrEnum):
    """Where a language model may be asked."""

    PUBLIC = "public"
    PRIVATE = "private"
    LOOPBACK = "loopback"


def listed(text: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def is_origin(text: str) -> bool:
    """Whether a browser would send it so (RFC 6454 §6.2); another way of writing would equal no origin that comes."""
    try:
        parts = urlsplit(text)
        host, port, usual = parts.hostname, parts.port, USUAL_PORTS.get(parts.scheme)
    except ValueError:
        return False
    if not host or usual is None or port in (0, usual) or not HOST.fullmatch(host):
        return False
    named = f"[{host}]" if ":" in host else host
    return text == f"{parts.scheme}://{named}" + ("" if port is None else f":{port}")


def is_loopback(host: str) -> bool:
    """Whether a name or an address is this machine's for itself."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def is_network(text: str) -> bool:
    """Whether these are addresses, and not all of them."""
    try:
        return ip_network(text, strict=False).prefixlen > 0
    except ValueError:
        return False


def names_a_redis(url: str) -> bool:
    """Whether it is an address of a Redis."""
    try:
        parts = urlsplit(url)
        # Reading the port is what checks it.
        at_a_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    if parts.scheme == "unix":
        return url.startswith("unix:///") and parts.path != "/"
    return parts.scheme in ("redis", "rediss") and at_a_host


def are_places(given: str) -> str:
    """The text, if it says where language models may be asked; raises ValueError."""
    for each in listed(given):
        if each not in tuple(ModelPlace) and not is_network(each):
            raise ValueError(
                "write where language models may be asked: public, private, loopback, or addresses and networks, as "
                "10.0.0.7 or 10.0.0.0/24, several with commas"
            )
    return given


def are_variables(given: str) -> str:
    """The text, if it names variables that hold keys; raises ValueError.

    What they hold is sent to whatever address a model has, so each is named, and none is a setting of ours.
    """
    for each in listed(given):
        if not VARIABLE.fullmatch(each):
            raise ValueError(
                "write the names of the variables that hold keys of language models, as OPENAI_API_KEY, several with "
                "commas; no pattern, and no setting of our own"
            )
    return given


Places = Annotated[str, AfterValidator(are_places)]
KeyVariables = Annotated[str, AfterValidator(are_variables)]
