"""The package as others install it: below one name, and at work in a project that has packages of the same names."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import dspex_wheel
import httpx
import pytest
from packaging.metadata import Metadata

import framework
from framework.testing.until import PATIENCE, until
from tests.installation import built_package
from tests.installation.built_package import PACKAGES, Built, Project, contents

OWN = ("framework", "resources", "api", "workers", "migrations")
ALONE, BESIDE = "shop.domain:SHOP", "dspex.resources:PLATFORM,shop.domain:SHOP"
GOOD = """
from typing import assert_type
from uuid import UUID

from dspex import Attr, Resource, primary_key
from dspex.framework.actions.engine import Engine
from dspex.framework.errors import Problem
from dspex.resources.programs.declared_program import DeclaredProgram
from dspex.resources.programs.modules import predict

from api.own import OWN
from shop.domain import SHOP, Sale


class Note(Resource):
    id: Attr[UUID] = primary_key()


class Greeting(DeclaredProgram):
    signature = "name: str -> greeting: str"
    module = predict()


async def sold(engine: Engine) -> str:
    sale = await engine.session().get(Sale, "1")
    assert_type(sale, Sale)
    assert_type(sale.price, int)
    return sale.title + OWN
"""
BAD = """
from dspex import Attrs  # planted
from dspex import attribute
from dspex.framework.actions.engine import Engine
from shop.domain import Sale

price = attribute(greater=0)  # planted


async def sold(engine: Engine) -> int:
    session = engine.session()
    await session.create(Sale.browse, {})  # planted
    sale = await session.get(Sale, "1")
    sale.titel  # planted
    return sale.title  # planted
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return built_package.build(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def python(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with the wheel."""
    return built_package.install(built.wheel, tmp_path_factory.mktemp("installed"))


@pytest.fixture
def project(python: Path, tmp_path: Path, fresh_database_url: str, clean_redis_url: str) -> Callable[..., Project]:
    """The project of docs/library.md, with a package of its own for each of our names."""

    def write(domains: str) -> Project:
        built_package.write_project(tmp_path)
        for name in OWN:
            (tmp_path / name).mkdir()
            (tmp_path / name / "__init__.py").touch()
            (tmp_path / name / "own.py").write_text('OWN = "the project\'s"\n')
        addresses = {"DATABASE_URL": fresh_database_url, "REDIS_URL": clean_redis_url, "DSPEX_DOMAINS": domains}
        return Project(tmp_path, python, built_package.environment_of(tmp_path, addresses))

    return write


def test_a_wheel_has_all_of_ours_below_one_name_and_nothing_else(built: Built) -> None:
    expected = {
        f"dspex/{path.relative_to(built.source).as_posix()}"
        for package in PACKAGES
        for path in (built.source / package).rglob("*")
        if path.is_file() and not (path.name == "README.md" and package == "examples")
    }
    about = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "top_level.txt")
    expected |= {"dspex/__init__.py", "dspex/py.typed", *(f"dspex-0.1.0.dist-info/{name}" for name in about)}
    assert built.files.keys() == expected
    assert built.wheel.stat().st_size < 2_600_000


def test_of_a_source_distribution_the_same_wheel_is_built(built: Built) -> None:
    assert built.wheel.name == built.of_sdist.name
    assert built.files == contents(built.of_sdist)


def test_what_is_said_of_the_package_is_true(built: Built) -> None:
    project = tomllib.loads((built.source / "pyproject.toml").read_text())["project"]
    about = {path.partition("/")[2]: content for path, content in built.files.items() if ".dist-info/" in path}
    said = Metadata.from_email(about["METADATA"], validate=True)
    assert (said.name, str(said.version), said.license_expression) == ("dspex", project["version"], "MIT")
    assert about["licenses/LICENSE"] == (built.source / "LICENSE").read_bytes()
    assert about["entry_points.txt"].split() == b"[console_scripts] dspex = dspex.framework.cli.main:main".split()
    assert about["top_level.txt"] == b"dspex\n"
    lines = list(csv.reader(about["RECORD"].decode().splitlines()))
    assert [path for path, *_ in lines] == list(built.files)
    for path, digest, size in lines[:-1]:
        held = base64.urlsafe_b64encode(hashlib.sha256(built.files[path]).digest()).rstrip(b"=").decode()
        assert (digest, int(size)) == (f"sha256={held}", len(built.files[path])), path


MODULES = {"framework", "framework.errors", "resources", "resources.seeding"}
BEFORE = """'Of framework.errors, and resources.'
from framework.errors import Problem
from framework import errors; from resources import seeding
from pathlib import Path  # from framework.errors
from .framework import errors
SEED, SAME = verb("resources.seeding:seed"), 'é', 'resources.seeding'
OTHERS = "framework", "api.app", "framework.errors is one", b"framework.errors", "resources:A B"
SAID = f"framework.errors {'x'}"
"""
AFTER = """'Of framework.errors, and resources.'
from dspex.framework.errors import Problem
from dspex.framework import errors; from dspex.resources import seeding
from pathlib import Path  # from framework.errors
from .framework import errors
SEED, SAME = verb("dspex.resources.seeding:seed"), 'é', 'dspex.resources.seeding'
OTHERS = "framework", "api.app", "framework.errors is one", b"framework.errors", "resources:A B"
SAID = f"framework.errors {'x'}"
"""


def test_only_imports_and_whole_names_are_written_anew() -> None:
    assert dspex_wheel.renamed(BEFORE.encode(), MODULES, "a.py").decode() == AFTER


@pytest.mark.parametrize(
    "source", ["import framework.errors\n", "from  framework import errors\n", "verb(r'resources.seeding:seed')\n"]
)
def test_what_cannot_be_written_anew_ends_the_build(source: str) -> None:
    with pytest.raises(ValueError, match=r"a\.py:1: `.*` cannot be given its new name"):
        dspex_wheel.renamed(source.encode(), MODULES, "a.py")


def test_nothing_of_the_checkout_is_found_and_the_front_door_is_the_same(project: Callable[..., Project]) -> None:
    program = """
import json, dspex, framework.own, api.own, workers.own, migrations.own, resources.own
from importlib.util import find_spec
print(json.dumps([dspex.__all__, dspex.Resource.__module__, find_spec("framework.errors"), find_spec("tests.faults")]))
"""
    names, module, *none = json.loads(project(ALONE).run("-c", program))
    assert names == framework.__all__
    assert (module, none) == ("dspex.framework.declare.resource", [None, None])


def test_mypy_and_pyright_know_its_types_without_a_setting(project: Callable[..., Project]) -> None:
    mine = project(ALONE)
    (mine.folder / "good.py").write_text(GOOD)
    (mine.folder / "bad.py").write_text(BAD)
    planted = {("bad.py", number) for number, line in enumerate(BAD.splitlines(), 1) if line.endswith("# planted")}
    words = [
        "-m",
        "mypy",
        "--strict",
        "--output=json",
        "--cache-dir=/dev/null",
        f"--python-executable={mine.python}",
        ".",
    ]
    said = [json.loads(line) for line in checked(mine, *words).splitlines()]
    assert {(each["file"], each["line"]) for each in said if each["severity"] == "error"} == planted, said
    found = json.loads(checked(mine, "-m", "pyright", "--outputjson", f"--pythonpath={mine.python}"))
    wrong = [each for each in found["generalDiagnostics"] if each["severity"] == "error"]
    assert {(Path(each["file"]).name, each["range"]["start"]["line"] + 1) for each in wrong} == planted, wrong


def checked(project: Project, *words: str) -> str:
    """What a checker of ours says of the project, and of what its interpreter has."""
    environment = {**os.environ, "PWD": str(project.folder)}
    ended = subprocess.run(
        [sys.executable, *words], cwd=project.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1, ended.stdout + ended.stderr
    return ended.stdout


async def test_a_project_alone_migrates_serves_works_and_is_tested(project: Callable[..., Project]) -> None:
    mine = project(ALONE)
    mine.dspex("revision", "-m", "sales")
    assert len([*(mine.folder / "shop" / "migrations").glob("*.py")]) == 1
    mine.dspex("migrate")
    await a_sale_gets_its_receipt(mine)
    assert "4 passed" in mine.run("-m", "pytest", "-q")


async def test_a_project_beside_the_platform_does_too_and_plain_alembic_knows_all_steps(
    project: Callable[..., Project],
) -> None:
    mine = project(BESIDE)
    mine.dspex("migrate")
    mine.dspex("revision", "-m", "sales")
    ini = mine.folder / "alembic.ini"
    ini.write_text(ini.read_text().replace("    shop/", "    dspex:migrations/versions\n    shop/"))
    mine.run("-m", "alembic", "upgrade", "heads")
    assert "No new upgrade operations detected" in mine.run("-m", "alembic", "check")
    await a_sale_gets_its_receipt(mine)


async def a_sale_gets_its_receipt(project: Project) -> None:
    """By REST, by a job in a worker, and as GraphQL tells it."""
    with project.up() as url:
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE) as client:
            sale = (await client.post("/api/sales", json={"title": "Lamp", "price": 20})).json()

            async def has_its_receipt() -> bool:
                told = (await client.get(f"/api/sales/{sale['id']}")).json()
                return bool(told["receipt"] == "Lamp: 20")

            await until(has_its_receipt)
            asked = await client.post("/graphql", json={"query": "{ sales { nodes { title receipt } } }"})
    assert asked.json()["data"]["sales"]["nodes"] == [{"title": "Lamp", "receipt": "Lamp: 20"}]
