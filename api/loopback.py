"""Where the API may listen: on this machine only, as long as nobody has to say who they are."""

from __future__ import annotations

from ipaddress import ip_address

from framework.errors import Invalid

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1", "[::1]")


def refuse_other_than_loopback(host: str) -> None:
    """Raises Invalid for an address that other machines could reach."""
    try:
        loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise Invalid(
            f"the API does not listen on {host}: it has no access rules yet, so whoever reached it could do everything",
            code="not_loopback",
            path=("DSPEX_HOST",),
            hint="use 127.0.0.1, and an authenticating proxy on this machine for others",
        )
