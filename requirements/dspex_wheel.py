"""Builds the package, in which everything lies below the one name `dspex`.

The checkout has its packages at the top. Installed like that, `api` or `workers` would stand in the way of whoever has
packages of these names. So setuptools makes the wheel of what lies here, and then each file is moved into `dspex/`.
What names a module of ours by its whole name is given the new one: import statements, and texts that are such a name
and nothing else, as a verb's is (`resources.seeding:seed`). Lines stay where they are. Editable installations are made
by setuptools alone.
"""

from __future__ import annotations

import ast
import base64
import csv
import hashlib
import io
import os
import tarfile
import tempfile
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from configparser import ConfigParser
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import (
    build_editable,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

NAME = "dspex"
Settings = Mapping[str, Any] | None


def build_wheel(wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None) -> str:
    """The file's name, as PEP 517 has it."""
    # In a folder of its own, so that no wrong wheel lies there while it is made, nor where that fails.
    with tempfile.TemporaryDirectory(dir=wheel_directory) as folder:
        with _nothing_left_over():
            name: str = build_meta.build_wheel(folder, config_settings, metadata_directory)
        path = Path(folder) / name
        with zipfile.ZipFile(path) as made:
            files = {each.filename: made.read(each) for each in made.infolist()}
        below = below_one_name(files)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
            for file, content in below.items():
                new.writestr(_entry(file), content)
        path.replace(Path(wheel_directory) / name)
    return name


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: Settings = None) -> str:
    """The folder's name, as PEP 517 has it; what it holds is what the wheel will."""
    name: str = build_meta.prepare_metadata_for_build_wheel(metadata_directory, config_settings)
    for path in (Path(metadata_directory) / name).iterdir():
        if path.is_file():
            path.write_bytes(_about(path.name, path.read_bytes()))
    return name


def build_sdist(sdist_directory: str, config_settings: Settings = None) -> str:
    """The file's name, as PEP 517 has it. What builds the package is in none of its folders, and put in here."""
    name: str = build_meta.build_sdist(sdist_directory, config_settings)
    path, here = Path(sdist_directory) / name, Path(__file__)
    with tarfile.open(path) as made:
        files = [(each, made.extractfile(each)) for each in made.getmembers()]
        with tarfile.open(path.with_suffix(".new"), "w:gz", format=tarfile.PAX_FORMAT) as new:
            for info, content in files:
                new.addfile(info, content)
            new.add(here, f"{name.removesuffix('.tar.gz')}/{here.parent.name}/{here.name}")
    path.with_suffix(".new").replace(path)
    return name


def below_one_name(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The files of a wheel, moved and written anew; raises ValueError where a name of ours is said in another way."""
    modules = frozenset(_modules(files))
    about = {path for path in files if path.partition("/")[0].endswith(".dist-info")}
    moved = {f"{NAME}/__init__.py": _front_door(files["framework/__init__.py"]), f"{NAME}/py.typed": b""}
    for path in sorted(files.keys() - about):
        moved[f"{NAME}/{path}"] = renamed(files[path], modules, path) if path.endswith(".py") else files[path]
    record = next(path for path in about if path.endswith("/RECORD"))
    moved |= {path: _about(path.rpartition("/")[2], files[path]) for path in sorted(about - {record})}
    return {**moved, record: _record(moved, record)}


def renamed(source: bytes, modules: Collection[str], path: str) -> bytes:
    """A module's source with the new names in it. `modules` are all that there are, by their old names."""
    tops = {module.partition(".")[0] for module in modules}
    lines = source.splitlines(keepends=True)
    for node, said in sorted(_said(ast.parse(source), modules, tops), key=_place, reverse=True):
        line, start = lines[node.lineno - 1], node.col_offset
        # After `from ` or the quote; anything else is not what the formatter makes of it.
        start += len("from ") if isinstance(node, ast.ImportFrom) else 1
        if isinstance(node, ast.Import) or not line[start:].startswith(said.encode()):
            raise ValueError(f"{path}:{node.lineno}: `{said}` cannot be given its new name where it is said like this")
        lines[node.lineno - 1] = line[:start] + f"{NAME}.".encode() + line[start:]
    return b"".join(lines)


Said = tuple[ast.Import | ast.ImportFrom | ast.Constant, str]


def _said(tree: ast.AST, modules: Collection[str], tops: Collection[str]) -> Iterator[Said]:
    """Every place at which one of the modules is named, and how."""
    for node in _nodes(tree):
        match node:
            case ast.ImportFrom(level=0, module=str(name)) if name.partition(".")[0] in tops:
                yield node, name
            case ast.Import(names=names):
                yield from ((node, each.name) for each in names if each.name.partition(".")[0] in tops)
            case ast.Constant(value=str(text)) if _is_reference(text, modules):
                yield node, text


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all below it. What stands around the values of an f-string is no text of its own."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant)):
            yield from _nodes(child)


def _is_reference(text: str, modules: Collection[str]) -> bool:
    module, colon, name = text.partition(":")
    return module in modules and (name.isidentifier() if colon else "." in module)


def _place(said: Said) -> tuple[int, int]:
    return said[0].lineno, said[0].col_offset


def _modules(files: Mapping[str, bytes]) -> Iterator[str]:
    for path in map(PurePosixPath, files):
        if path.suffix == ".py":
            yield ".".join(path.parent.parts if path.stem == "__init__" else path.with_suffix("").parts)


def _front_door(framework: bytes) -> bytes:
    """What `from dspex import …` finds: the same names as those of the framework, for people and type checkers."""
    names: Sequence[str] = ()
    for statement in ast.parse(framework).body:
        match statement:
            case ast.Assign(targets=[ast.Name("__all__")], value=value):
                names = ast.literal_eval(value)
    imported, listed = (
        "".join(f"    {each},\n" for each in names),
        "".join(f'    "{each}",\n' for each in names),
    )
    docstring = ast.get_docstring(ast.parse(framework))
    text = f'"""{docstring}"""\n\nfrom {NAME}.framework import (\n{imported})\n\n__all__ = [\n{listed}]\n'
    return text.encode()


def _about(name: str, content: bytes) -> bytes:
    """One of the files that tell of the package."""
    if name == "top_level.txt":
        return f"{NAME}\n".encode()
    if name != "entry_points.txt":
        return content
    said = ConfigParser(delimiters="=", interpolation=None)
    said.read_string(content.decode())
    for group in said.sections():
        for entry, reference in said.items(group):
            said.set(group, entry, f"{NAME}.{reference.removeprefix(f'{NAME}.')}")
    text = io.StringIO()
    said.write(text)
    return text.getvalue().encode()


def _record(files: Mapping[str, bytes], itself: str) -> bytes:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.writerow((path, f"sha256={digest}", len(content)))
    lines.writerow((itself, "", ""))
    return text.getvalue().encode()


def _entry(path: str) -> zipfile.ZipInfo:
    """The same each time: no moment of its own, and readable by all."""
    entry = zipfile.ZipInfo(path)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o100644 << 16
    return entry


@contextmanager
def _nothing_left_over() -> Iterator[None]:
    """Has setuptools build in an empty folder: in the checkout's `build` lies what was there when it last built."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "setup.cfg").write_text(f"[build]\nbuild_base = {folder}\n[egg_info]\negg_base = {folder}\n")
        before = os.environ.get("DIST_EXTRA_CONFIG")
        os.environ["DIST_EXTRA_CONFIG"] = str(Path(folder) / "setup.cfg")
        try:
            yield
        finally:
            del os.environ["DIST_EXTRA_CONFIG"]
            if before is not None:
                os.environ["DIST_EXTRA_CONFIG"] = before
