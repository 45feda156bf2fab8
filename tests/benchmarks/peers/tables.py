"""The three tables of the list as a hand-written service maps them, in SQLAlchemy's own typed style."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """All tables of the service."""


class Program(Base):
    """A program."""

    __tablename__ = "programs"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name: Mapped[str]


class ProgramVersion(Base):
    """A version of a program."""

    __tablename__ = "program_versions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int]
    digest: Mapped[str]
    origin: Mapped[str]


class Execution(Base):
    """An execution of a version."""

    __tablename__ = "executions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    status: Mapped[str]
    inputs: Mapped[dict[str, Any]] = mapped_column(JSONB)
    outputs: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    latency_ms: Mapped[float | None]
    tokens_in: Mapped[int | None]
    tokens_out: Mapped[int | None]
    cost_usd: Mapped[float | None]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("program_versions.id"))

    program: Mapped[Program] = relationship(lazy="raise")
    version: Mapped[ProgramVersion] = relationship(lazy="raise")
