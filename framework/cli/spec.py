"""The command that prints the compiled domain."""

from __future__ import annotations

import sys

import orjson

from framework.cli.declared import declared
from framework.cli.output import Json, print_json
from framework.spec.dump import dump_domain


def spec(*, json: Json = False) -> None:
    """Print everything declared and implied, as JSON: indented for people, in one line with `--json`."""
    dumped = dump_domain(declared().spec)
    if json:
        print_json(dumped)
    else:
        sys.stdout.write(orjson.dumps(dumped, option=orjson.OPT_INDENT_2).decode() + "\n")
