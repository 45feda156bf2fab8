"""A package index on this machine that holds a few small wheels, and remembers what it was asked for."""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Wheel:
    """One release of a package that does nothing."""

    name: str
    version: str
    requires: Sequence[str] = ()
    extras: Sequence[str] = ()

    @property
    def file(self) -> str:
        """What its file is called."""
        return f"{self.name}-{self.version}-py3-none-any.whl"

    @property
    def pin(self) -> str:
        """Its line in a list of requirements."""
        return f"{self.name}=={self.version} --hash=sha256:{hashlib.sha256(self.content).hexdigest()}\n"

    @property
    def content(self) -> bytes:
        """Its bytes, the same each time."""
        about = f"{self.name}-{self.version}.dist-info"
        metadata = ["Metadata-Version: 2.1", f"Name: {self.name}", f"Version: {self.version}"]
        metadata += [f"Provides-Extra: {extra}" for extra in self.extras]
        metadata += [f"Requires-Dist: {requirement}" for requirement in self.requires]
        files = {
            f"{self.name}.py": f"VERSION = {self.version!r}\n",
            f"{about}/METADATA": "\n".join(metadata) + "\n",
            f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        files[f"{about}/RECORD"] = "".join(f"{path},,\n" for path in (*files, f"{about}/RECORD"))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for path, text in files.items():
                archive.writestr(zipfile.ZipInfo(path), text)
        return packed.getvalue()


@dataclass(frozen=True, slots=True)
class Index:
    """Where the wheels are to be had, and the paths that were asked for."""

    url: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def package_index(wheels: Sequence[Wheel]) -> Iterator[Index]:
    """Serves the wheels, as PEP 503 has it."""
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(_pages(wheels), asked))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Index(f"http://127.0.0.1:{server.server_port}/simple/", asked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _pages(wheels: Sequence[Wheel]) -> Mapping[str, bytes]:
    pages = {f"/files/{wheel.file}": wheel.content for wheel in wheels}
    for name in {wheel.name for wheel in wheels}:
        links = [f'<a href="/files/{wheel.file}">{wheel.file}</a>' for wheel in wheels if wheel.name == name]
        pages[f"/simple/{name}/"] = f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>".encode()
    return pages


def _handler(pages: Mapping[str, bytes], asked: list[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            found = pages.get(self.path)
            self.send_response(200 if found is not None else 404)
            self.send_header("content-type", "text/html" if self.path.startswith("/simple/") else "application/zip")
            self.send_header("content-length", str(len(found or b"")))
            self.end_headers()
            self.wfile.write(found or b"")

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    return Handler
