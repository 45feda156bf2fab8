"""The SQL extension: what it objects to before any table is made."""

from __future__ import annotations

from framework.compiler.extension import Extension
from framework.sql.definitions.exclusions import possible_exclusions
from framework.sql.verifiers import (
    names_are_led_to,
    names_fit,
    no_index_twice,
    one_kind_of_choice,
    one_table_each,
    others_tables_are_left_alone,
    places_are_named,
    possible_indexes,
)

SQL = Extension(
    "sql",
    verifiers=(
        one_table_each,
        places_are_named,
        names_are_led_to,
        names_fit,
        one_kind_of_choice,
        others_tables_are_left_alone,
        possible_indexes,
        no_index_twice,
        possible_exclusions,
    ),
)
