"""What can be set from outside; the only reader of the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from framework.errors import Invalid, Issue
from framework.setting_forms import (
    EVERYWHERE,
    HOST,
    Authentication,
    KeyVariables,
    LogLevel,
    Places,
    is_loopback,
    is_network,
    is_origin,
    listed,
    names_a_redis,
)
from framework.suggest import did_you_mean
from framework.wording import in_words

VERSION_TABLE = re.compile(r"([A-Za-z_]\w{0,62}\.)?[A-Za-z_]\w{0,56}", re.ASCII)
RETENTION = re.compile(r"[A-Za-z_]\w*\s*=\s*(never|0*[1-9]\d{0,5}(\.\d+)?|0*\.\d*[1-9]\d*)", re.ASCII)
# What commands that speak to a running installation read.
OF_OTHERS = {"DSPEX_URL"}
REDIS_FORMS = "redis://host:6379/0, rediss://host:6379/0 or unix:///path/to/socket?db=0"


class Settings(BaseSettings):
    """Everything that differs between two installations, read once when a process starts.

    Every name is read with the prefix `DSPEX_`, except `DATABASE_URL` and `REDIS_URL`, which hosting providers set,
    and `CI`, as nobody is watching then. An empty one counts as unset. What may hold a password is left out of `repr`.
    """

    model_config = SettingsConfigDict(
        env_prefix="DSPEX_", env_ignore_empty=True, frozen=True, extra="forbid", populate_by_name=True
    )

    data_dir: Path = Path(".dspex")
    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL", repr=False)
    redis_url: str | None = Field(default=None, validation_alias="REDIS_URL", repr=False)
    redis_prefix: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_.:-]{1,64}$")
    domains: str = "resources:PLATFORM"
    version_table: str = "alembic_version"
    database_role: str = Field(default="dspex_application", pattern=r"^[a-z_][a-z0-9_]{0,62}$")

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    allowed_hosts: str = ""
    proxies: str = ""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    rate_per_actor: int = Field(default=6000, ge=0)
    rate_per_address: int = Field(default=6000, ge=0)
    rate_failures: int = Field(default=60, ge=0)
    max_sockets: int = Field(default=1000, ge=1)
    max_head_bytes: int = Field(default=64 * 1024, ge=1024)
    head_seconds: float = Field(default=10.0, gt=0)
    body_seconds: float = Field(default=60.0, gt=0)
    stalled_seconds: float = Field(default=30.0, gt=0)
    max_subscriptions: int = Field(default=2000, ge=1)
    socket_operations: int = Field(default=100, ge=1)
    max_body_bytes: int = Field(default=10 * 1024 * 1024, ge=1024)
    heavy_calls: int = Field(default=2, ge=1)
    heavy_wait_seconds: float = Field(default=60.0, ge=0)
    max_filter_cost: int = Field(default=300, ge=1)
    cors_origins: str = ""

    authentication: Authentication = Authentication.AUTO
    key_secret: str | None = Field(default=None, repr=False)
    key_secret_file: Path | None = None
    api_key: str | None = Field(default=None, repr=False)
    api_key_file: Path | None = None
    session_hours: float = Field(default=12.0, gt=0, le=24 * 400)
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = Field(default=None, repr=False)
    oidc_scopes: str = "openid email profile"
    oidc_groups_claim: str = "groups"
    oidc_roles: str = ""

    graphql_max_depth: int = Field(default=12, ge=1)
    graphql_max_cost: int = Field(default=200_000, ge=1)
    graphql_max_aliases: int = Field(default=30, ge=1)
    graphql_max_tokens: int = Field(default=4_000, ge=100)
    graphql_introspection: bool = True
    graphiql: bool = True

    connections: int = Field(default=10, ge=2)
    connection_seconds: float = Field(default=10.0, gt=0)
    read_lock_seconds: float = Field(default=2.0, ge=0)
    read_statement_seconds: float = Field(default=20.0, ge=0)
    read_idle_seconds: float = Field(default=30.0, ge=0)
    write_lock_seconds: float = Field(default=5.0, ge=0)
    write_statement_seconds: float = Field(default=30.0, ge=0)
    write_idle_seconds: float = Field(default=30.0, ge=0)
    job_lock_seconds: float = Field(default=5.0, ge=0)
    job_statement_seconds: float = Field(default=300.0, ge=0)
    job_idle_seconds: float = Field(default=60.0, ge=0)
    upkeep_lock_seconds: float = Field(default=2.0, ge=0)
    upkeep_statement_seconds: float = Field(default=5.0, ge=0)
    upkeep_idle_seconds: float = Field(default=10.0, ge=0)

    migration_lock_seconds: float = Field(default=2.0, gt=0)
    migration_lock_tries: int = Field(default=8, ge=1)
    migration_statement_seconds: float | None = Field(default=None, ge=0)
    migration_idle_seconds: float = Field(default=600.0, ge=0)
    migration_big_table_rows: int = Field(default=100_000, ge=0)

    worker_concurrency: int | None = Field(default=None, ge=1)
    worker_child_mb: int = Field(default=512, ge=0)
    worker_metrics_port: int | None = Field(default=None, ge=1, le=65535)
    lease_seconds: float = Field(default=15.0, gt=0)
    heartbeat_seconds: float = Field(default=2.0, gt=0)
    poll_seconds: float = Field(default=1.0, gt=0)
    hang_seconds: float = Field(default=30.0, ge=0)
    pulse_file: Path | None = None
    loop_held_seconds: float = Field(default=0.25, gt=0)

    retention: str = ""

    ci: str | None = Field(default=None, validation_alias="CI")

    allowed_tools: tuple[str, ...] = ()
    model_networks: Places = ""
    key_variables: KeyVariables = ""
    model_answer_bytes: int = Field(default=16 * 1024 * 1024, ge=1024)
    tool_answer_characters: int = Field(default=100_000, ge=200)
    model_calls: int = Field(default=100, ge=1)
    tool_threads: int = Field(default=16, ge=1)
    model_wait_seconds: float = Field(default=10.0, ge=0)
    model_idle_seconds: float = Field(default=10.0, ge=0)

    log_level: LogLevel = LogLevel.INFO
    log_json: bool = True
    log_file_bytes: int = Field(default=10 * 1024 * 1024, ge=1024)
    log_files: int = Field(default=5, ge=1)

    @field_validator("proxies")
    @classmethod
    def _are_networks(cls, given: str) -> str:
        """What they say of a request is believed, so each is named."""
        for each in listed(given):
            if not is_network(each):
                raise ValueError(
                    "write the addresses or networks of the proxies, as 10.0.0.7 or 10.0.0.0/24, several with commas; "
                    "a network of everybody is refused, as everybody's word would be taken"
                )
        return given

    @field_validator("allowed_hosts")
    @classmethod
    def _are_hosts(cls, given: str) -> str:
        for each in listed(given):
            if not HOST.fullmatch(each.removeprefix("*.")):
                raise ValueError(
                    "write the names by which the API is called, in small letters and without a port, as "
                    "dspex.example.com or *.example.com, several with commas"
                )
        return given

    @field_validator("tls_key")
    @classmethod
    def _has_a_certificate(cls, key: Path | None, info: Any) -> Path | None:
        if key is not None and info.data.get("tls_cert") is None:
            raise ValueError("a key needs its certificate: set DSPEX_TLS_CERT as well")
        return key

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, given: str) -> str:
        """Each may act here, so each is named: whoever comes with a login later comes from one of them."""
        for origin in listed(given):
            if "*" in origin:
                raise ValueError("`*` would let every web page act here; name each origin, as https://app.example.com")
            if not is_origin(origin):
                raise ValueError(
                    "an origin is written as a browser sends it: http:// or https://, the host in small letters, and "
                    "the port unless it is the usual one, as https://app.example.com or http://localhost:5173; "
                    "several with commas"
                )
        return given

    @field_validator("retention")
    @classmethod
    def _says_days(cls, given: str) -> str:
        for part in listed(given):
            if not RETENTION.fullmatch(part):
                raise ValueError(
                    "write a resource and for how many days its records are kept, several with commas, as in "
                    "Event=30,Execution=never"
                )
        return given

    @field_validator("version_table")
    @classmethod
    def _names_a_table(cls, name: str) -> str:
        if not VERSION_TABLE.fullmatch(name):
            raise ValueError(
                "write a table, or schema.table, of letters, digits and underscores, the table of at most 57"
            )
        return name

    @field_validator("redis_url")
    @classmethod
    def _is_a_redis(cls, url: str | None) -> str | None:
        if url is not None and not names_a_redis(url):
            raise ValueError(f"this is no address of a Redis; write {REDIS_FORMS}")
        return url

    @field_validator("heartbeat_seconds")
    @classmethod
    def _beats_within_the_lease(cls, heartbeat: float, info: Any) -> float:
        lease = info.data.get("lease_seconds")
        if lease is not None and heartbeat * 2 > lease:
            raise ValueError(f"two heartbeats must fit in a lease of {lease:g} seconds")
        return heartbeat

    @property
    def domain_names(self) -> tuple[str, ...]:
        """The references in `domains`, each as `module:ATTRIBUTE`."""
        return listed(self.domains)

    @property
    def is_local(self) -> bool:
        """Whether nobody is served but whoever sits at this machine: no proxy, and by no other name."""
        return is_loopback(self.host) and not self.proxies and not self.allowed_hosts

    @property
    def listens_everywhere(self) -> bool:
        """Whether it listens on all addresses of this machine."""
        return self.host in EVERYWHERE

    @property
    def host_names(self) -> tuple[str, ...]:
        """By which names it is called, beside those of this machine for itself."""
        own = () if self.listens_everywhere or is_loopback(self.host) else (self.host, f"[{self.host}]")
        return (*listed(self.allowed_hosts), *own)

    @property
    def proxy_networks(self) -> tuple[str, ...]:
        """Whose word is taken for where a request comes from."""
        return listed(self.proxies)

    @property
    def prefix(self) -> str:
        """What the names of everything in Redis begin with: another one for each database, unless one is given.

        A digest, as the name of a machine is nobody's business who reaches that Redis.
        """
        if self.redis_prefix is not None:
            return self.redis_prefix
        parts = urlsplit(self.database_url or "")
        query = parse_qs(parts.query)
        where = (parts.netloc.rpartition("@")[2], query.get("host"), query.get("port"), parts.path)
        return f"dspex-{sha256(repr(where).encode()).hexdigest()[:12]}:"

    @property
    def retention_days(self) -> dict[str, float | None]:
        """For how many days records are kept, by the name of their resource; None is for ever."""
        parts = (part.split("=") for part in listed(self.retention))
        return {name.strip(): None if days.strip() == "never" else float(days) for name, days in parts}

    @property
    def origins(self) -> tuple[str, ...]:
        """Whose pages may act here, beside our own."""
        return listed(self.cors_origins)


def load_settings(**given: object) -> Settings:
    """The settings of this process: what is given here, then the environment, then the defaults."""
    try:
        return Settings(**given)  # type: ignore[arg-type]  # the names are checked by pydantic when they are read
    except ValidationError as error:
        raise Invalid.of(_issue(dict(problem)) for problem in error.errors()) from None


def unknown_variables(environment: Mapping[str, str]) -> dict[str, str | None]:
    """The variables that look like settings and are none, each with the one that was probably meant."""
    known = {f"DSPEX_{name.upper()}" for name in Settings.model_fields} | OF_OTHERS
    found = sorted(name for name in environment if name.startswith("DSPEX_") and name not in known)
    return {name: did_you_mean(name, sorted(known)) for name in found}


def _issue(problem: dict[str, Any]) -> Issue:
    """One setting that cannot be read, named as its variable; its value is not repeated, since it may be a secret."""
    name = str(problem["loc"][0])
    variable = name if name.isupper() else f"DSPEX_{name.upper()}"
    return Issue("invalid_setting", f"{variable}: {in_words(problem)}", (variable,))
