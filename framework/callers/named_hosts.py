"""By which names an installation is called that others may reach: known before anything of it starts."""

from __future__ import annotations

from framework.errors import Invalid
from framework.settings import Settings


def refuse_nameless(settings: Settings) -> None:
    """Returns where names are given, or none are needed; raises Invalid."""
    if settings.is_local or not settings.listens_everywhere or settings.allowed_hosts:
        return
    raise Invalid(
        f"the API is to listen on every address ({settings.host}), and nothing says by which names it is called",
        code="no_hosts",
        path=("DSPEX_ALLOWED_HOSTS",),
        hint="DSPEX_ALLOWED_HOSTS=dspex.example.com",
    )
