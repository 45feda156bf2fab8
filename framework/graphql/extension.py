"""The GraphQL extension of a domain: what it objects to before a schema is ever built."""

from __future__ import annotations

from framework.compiler.extension import Extension
from framework.graphql.verifiers import functions_are_generic, unique_fields, unique_types

GRAPHQL = Extension("graphql", verifiers=(functions_are_generic, unique_fields, unique_types))
