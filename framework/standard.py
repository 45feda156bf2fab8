"""The extensions that a domain usually lists: events, jobs, tables, GraphQL and REST."""

from __future__ import annotations

from framework.compiler.extension import Extension
from framework.events.extension import EVENTS
from framework.graphql.extension import GRAPHQL
from framework.jobs.extension import JOBS
from framework.rest.extension import REST
from framework.sql.extension import SQL

STANDARD: tuple[Extension, ...] = (EVENTS, JOBS, SQL, GRAPHQL, REST)
