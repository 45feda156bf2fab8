"""The SQL extension: what it objects to before any table is made."""

from __future__ import annotations

from framework.compiler.extension import Extension
from framework.sql.verifiers import names_fit, one_kind_of_choice, one_table_each

SQL = Extension("sql", verifiers=(one_table_each, names_fit, one_kind_of_choice))
