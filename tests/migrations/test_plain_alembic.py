"""Plain `alembic` commands, over the steps of several domains."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from framework.sql.migrations.migrations import SHIPPED

ROOT = SHIPPED.parents[1]

TWO = """
from uuid import UUID

from framework import Attr, Domain, Resource, primary_key


class Maker(Resource):
    id: Attr[UUID] = primary_key()


class Shelf(Resource):
    id: Attr[UUID] = primary_key()


CORE = Domain("core", [Maker], migrations="core.steps")
SHOP = Domain("shop", [Shelf], migrations="shop.steps")
"""
INI = """
[alembic]
script_location = {root}/migrations
version_locations = {here}/core/steps:{here}/shop/steps
path_separator = os
"""


def test_what_is_written_goes_into_the_folder_of_each_domain(fresh_database_url: str, tmp_path: Path) -> None:
    (tmp_path / "two.py").write_text(TWO)
    (tmp_path / "alembic.ini").write_text(INI.format(root=ROOT, here=tmp_path))
    for name in ("core", "shop"):
        (tmp_path / name / "steps").mkdir(parents=True)
        (tmp_path / name / "__init__.py").touch()
    given = {"DATABASE_URL": fresh_database_url, "DSPEX_DOMAINS": "two:CORE,two:SHOP"}
    given["PYTHONPATH"] = os.pathsep.join([str(tmp_path), str(ROOT)])
    asked = [sys.executable, "-m", "alembic", "revision", "--autogenerate", "-m", "first"]
    # Alembic asks which of several folders is meant where nothing is written yet; each domain's steps go into its own.
    asked += ["--version-path", str(tmp_path / "core" / "steps")]
    done = subprocess.run(asked, cwd=tmp_path, env={**os.environ, **given}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    texts = [
        "".join(path.read_text() for path in (tmp_path / name / "steps").glob("*.py")) for name in ("core", "shop")
    ]
    assert [("'makers'" in text, "'shelfs'" in text) for text in texts] == [(True, False), (False, True)]
