"""The extension that a domain lists to be served as REST."""

from __future__ import annotations

from framework.compiler.extension import Extension
from framework.rest.verifiers import arguments_can_be_sent, no_two_routes_overlap, paths_are_well_formed

REST = Extension("rest", verifiers=(paths_are_well_formed, no_two_routes_overlap, arguments_can_be_sent))
