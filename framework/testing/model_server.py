"""An OpenAI-compatible endpoint on the loopback interface that answers, counts, and fails as it is told to.

It answers like the offline model, so that whole programs and optimizers can be run through the real network path.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from select import select
from socket import socket
from types import TracebackType
from typing import Any, Self

from framework.lm.offline.answer import answer
from framework.lm.offline.prompt import read_prompt
from framework.testing.until import PATIENCE

RETRY_AFTER = 0.05
LOOK_SECONDS = 0.05
TOKENS_IN, TOKENS_OUT = 100, 20
UNFIT = "70000000000000000000"


class Fault(StrEnum):
    """What can be wrong with an endpoint."""

    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    NO_AUTH = "no_auth"
    TOO_LONG = "too_long"
    HANG = "hang"
    DROPPED = "dropped"
    NOT_JSON = "not_json"
    NOT_A_COMPLETION = "not_a_completion"
    GARBLED = "garbled"
    TRUNCATED = "truncated"
    FILTERED = "filtered"
    UNFIT = "unfit"
    UNMETERED = "unmetered"
    ENDLESS = "endless"


Reply = tuple[int, Mapping[str, str], bytes]


@dataclass(slots=True)
class Gate:
    """Where calls wait for their answers, once so many have passed."""

    passes: int = 0
    open: threading.Event = field(default_factory=threading.Event)
    waited_at: threading.Event = field(default_factory=threading.Event)


class ModelServer:
    """The endpoint, running while its `with` block does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fault: Fault | None = None
        self._remaining = 0
        self._released = threading.Event()
        self._gate = Gate()
        self._gate.open.set()
        self.calls = 0
        self._open = 0
        self._changed = threading.Condition()
        self.asked: Counter[str] = Counter()
        self.latency_seconds = 0.0
        self.retry_after = RETRY_AFTER
        self._said: deque[tuple[str, str]] = deque()
        self.keys: set[str] = set()
        self.arrived = threading.Event()
        self.hung_up = threading.Event()
        self._http = _Listener(("127.0.0.1", 0), type("Handler", (_Handler,), {"endpoint": self}))
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """The address to declare as `api_base`."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def fail(self, fault: Fault | None, *, times: int = 10**9) -> None:
        """Let the next `times` calls fail, or none any more."""
        with self._lock:
            self._fault, self._remaining = fault, times

    def hold(self, *, after: int) -> Gate:
        """Answer so many more calls, and let those that come then wait until the gate is opened."""
        with self._lock:
            self._gate.open.set()
            self._gate = Gate(after)
            return self._gate

    def pass_gate(self, connection: socket) -> bool:
        """Wait until this call may be answered; false once whoever asked has hung up."""
        with self._lock:
            gate = self._gate
            if gate.passes > 0:
                gate.passes -= 1
                return True
        while not gate.open.wait(LOOK_SECONDS):
            gate.waited_at.set()
            if self._released.is_set() or select([connection], [], [], 0)[0]:
                return False
        return True

    def say(self, *texts: str, finish_reason: str = "stop") -> None:
        """Let the next calls be answered with these texts."""
        with self._lock:
            self._said.extend((text, finish_reason) for text in texts)

    def answer_to(self, body: Mapping[str, Any]) -> Reply:
        """What was said to be answered next, or a good answer."""
        with self._lock:
            said = self._said.popleft() if self._said else None
        return completion(body, text=said[0], finish_reason=said[1]) if said else completion(body, text=_good(body))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._released.set()
        self._http.shutdown()
        self._http.server_close()

    def next_fault(self, key: str, question: str) -> Fault | None:
        """Count a call and say how it is to fail."""
        with self._lock:
            self.calls += 1
            self.asked[question] += 1
            self.keys.add(key)
            self.arrived.set()
            if self._fault is None or self._remaining == 0:
                return None
            self._remaining -= 1
            return self._fault

    def connected(self, change: int) -> None:
        """Count a connection that was made, or one less."""
        with self._changed:
            self._open += change
            self._changed.notify_all()

    def has_open(self, most: int) -> None:
        """Wait until no more connections than these are open."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._open <= most, timeout=PATIENCE):
                raise TimeoutError(f"{self._open} connections are open, and not {most}")

    def never_end(self, send: Callable[[bytes], object]) -> None:
        """Answer without end, until whoever asked hangs up."""
        while not self._released.is_set():
            try:
                send(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
            except OSError:
                self.hung_up.set()
                return

    def hang(self, connection: socket) -> None:
        """Hold a call until the endpoint is closed, or whoever asked hangs up."""
        while not self._released.is_set():
            if select([connection], [], [], LOOK_SECONDS)[0]:
                self.hung_up.set()
                return


def completion(body: Mapping[str, Any], *, text: str, finish_reason: str = "stop") -> Reply:
    """A chat completion as OpenAI spells it."""
    message = {"role": "assistant", "content": text}
    return _json(
        200,
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
            "usage": {
                "prompt_tokens": TOKENS_IN,
                "completion_tokens": TOKENS_OUT,
                "total_tokens": TOKENS_IN + TOKENS_OUT,
            },
        },
    )


def _unmetered(body: Mapping[str, Any]) -> Reply:
    status, headers, content = completion(body, text=_good(body))
    return status, headers, json.dumps({**json.loads(content), "usage": None}).encode()


def _good(body: Mapping[str, Any]) -> str:
    said = [(message["role"], _text(message["content"])) for message in body["messages"]]
    system = "".join(text for role, text in said if role == "system")
    return answer(read_prompt(system, [(role, text) for role, text in said if role != "system"]))


def _unfit(body: Mapping[str, Any]) -> str:
    """The answer in its form, with a value in each place that hardly any type or limit allows."""
    good = _good(body)
    if good.startswith("{"):
        return json.dumps(dict.fromkeys(json.loads(good), UNFIT))
    return re.sub(r"(?<=## \]\]\n).+?(?=\n\[\[|\n*\Z)", UNFIT, good, flags=re.DOTALL)


def _text(content: Any) -> str:
    """The text of a message, which is a list of parts where it has images in it."""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def _error(status: int, code: str) -> Reply:
    return _json(status, {"error": {"message": f"injected {code}", "type": code, "code": code}})


def _json(status: int, value: Any) -> Reply:
    return status, {"content-type": "application/json"}, json.dumps(value).encode()


_FAULTS: dict[Fault, Callable[[Mapping[str, Any]], Reply]] = {
    Fault.RATE_LIMITED: lambda _: _error(429, "rate_limit_exceeded"),
    Fault.SERVER_ERROR: lambda _: _error(500, "server_error"),
    Fault.NO_AUTH: lambda _: _error(401, "invalid_api_key"),
    Fault.TOO_LONG: lambda _: _error(400, "context_length_exceeded"),
    Fault.NOT_JSON: lambda _: (200, {"content-type": "text/html"}, b"<html>welcome to the proxy</html>"),
    Fault.NOT_A_COMPLETION: lambda _: _json(200, {"hello": "world"}),
    Fault.GARBLED: lambda body: completion(body, text="I would rather talk about the weather."),
    Fault.UNFIT: lambda body: completion(body, text=_unfit(body)),
    Fault.TRUNCATED: lambda body: completion(body, text=_good(body)[:-25], finish_reason="length"),
    Fault.FILTERED: lambda body: completion(body, text=_good(body)[:-25], finish_reason="content_filter"),
    Fault.UNMETERED: _unmetered,
}


class _Listener(ThreadingHTTPServer):
    """Whoever comes while others are let in waits; of more than the five that may by default, some are sent away."""

    daemon_threads = True
    request_queue_size = 1024


class _Handler(BaseHTTPRequestHandler):
    endpoint: ModelServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.endpoint.connected(1)

    def finish(self) -> None:
        self.endpoint.connected(-1)
        super().finish()

    def do_POST(self) -> None:
        question = self.rfile.read(int(self.headers["content-length"])).decode()
        body = json.loads(question)
        fault = self.endpoint.next_fault(self.headers.get("authorization", ""), question)
        time.sleep(self.endpoint.latency_seconds)
        if not self.endpoint.pass_gate(self.connection):
            self.close_connection = True
            return
        if fault is Fault.HANG:
            self.endpoint.hang(self.connection)
        if fault is Fault.ENDLESS:
            self.send_response(200)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            self.endpoint.never_end(self.wfile.write)
        if fault in (Fault.HANG, Fault.DROPPED, Fault.ENDLESS):
            self.close_connection = True
            return
        reply = _FAULTS[fault](body) if fault is not None else self.endpoint.answer_to(body)
        self._send(*reply, retry_after=self.endpoint.retry_after)

    def _send(self, status: int, headers: Mapping[str, str], content: bytes, *, retry_after: float) -> None:
        self.send_response(status)
        waiting = {"retry-after": str(retry_after)} if status == HTTPStatus.TOO_MANY_REQUESTS else {}
        for name, value in {**headers, **waiting, "content-length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing; tests ask the server instead."""
