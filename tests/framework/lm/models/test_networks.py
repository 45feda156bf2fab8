"""Models are asked where the installation allows it, and nowhere that tells a cloud's secrets, by whatever name."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Any

import pytest

from framework.errors import Failure, Invalid
from framework.lm.calls.call import Call
from framework.lm.calls.execute import LmLayer
from framework.lm.calls.failures import as_failure
from framework.lm.dspy_setup import dspy
from framework.lm.models.model import ModelDefinition
from framework.lm.models.networks import ModelNetworks
from framework.settings import load_settings
from framework.testing.model_server import ModelServer
from tests.framework.lm.triage import PROGRAM

TICKET = {"ticket": "my printer is on fire"}
METADATA = [
    "169.254.169.254", "169.254.170.2", "fe80::1", "fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16",
    "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1",
]  # fmt: skip
BY_PLACE = {
    "public": ["93.184.216.34", "2606:2800:220:1::1"],
    "private": ["10.0.0.7", "192.168.1.1", "172.16.0.1", "100.64.0.1", "fd12::1", "::ffff:10.0.0.7"],
    "loopback": ["127.0.0.1", "127.8.8.8", "::1", "0.0.0.0", "::", "::ffff:127.0.0.1"],
}


@pytest.mark.parametrize("place", BY_PLACE)
def test_each_kind_of_address_is_allowed_by_its_word_alone(place: str) -> None:
    networks = ModelNetworks.named([place])
    allowed = [each for addresses in BY_PLACE.values() for each in addresses if networks.allows(ip_address(each))]
    assert allowed == BY_PLACE[place]


@pytest.mark.parametrize("address", METADATA)
def test_what_a_cloud_tells_its_machines_is_never_asked(address: str) -> None:
    assert not ModelNetworks.named(["public", "private", "loopback", address]).allows(ip_address(address))


def test_a_network_that_is_named_is_allowed_beside_the_words() -> None:
    networks = ModelNetworks.named(["public", "10.0.0.0/24"])
    found = [networks.allows(ip_address(each)) for each in ("10.0.0.7", "10.0.1.7", "8.8.8.8", "224.0.0.1")]
    assert found == [True, False, True, False]


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/v1", "http://2852039166/v1", "http://0xa9fea9fe/v1", "http://169.254.43518/v1",
        "http://[::ffff:169.254.169.254]/v1", "http://metadata.google.internal/v1", "http://METADATA.google.internal./",
        "http://x@169.254.169.254:80/v1",
    ],
)  # fmt: skip
def test_an_address_is_known_however_it_is_written(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        ModelNetworks().check(url)
    assert caught.value.issues[0].code == "address_not_allowed"
    ModelNetworks().check("http://127.0.0.1:11434/v1")
    ModelNetworks.named(["public"]).check("https://api.openai.com/v1")


def test_private_addresses_are_asked_where_nobody_else_is_served_or_where_they_are_named() -> None:
    local, served = load_settings(), load_settings(host="0.0.0.0")
    private = ip_address("10.0.0.7")
    assert ModelNetworks.of(local).allows(private)
    assert not ModelNetworks.of(served).allows(private)
    assert not ModelNetworks.of(served).allows(ip_address("127.0.0.1"))
    named = load_settings(host="0.0.0.0", model_networks="public,10.0.0.0/8")
    assert ModelNetworks.of(named).allows(private)


@pytest.mark.parametrize("wrong", ["everywhere", "0.0.0.0/0", "10.0.0.300", "*"])
def test_a_setting_that_says_no_place_is_refused(wrong: str) -> None:
    with pytest.raises(Invalid, match="DSPEX_MODEL_NETWORKS"):
        load_settings(model_networks=wrong)


@pytest.mark.parametrize("wrong", ["*_API_KEY", "DATABASE_URL", "DSPEX_KEY_SECRET", "A B", "REDIS_URL"])
def test_a_setting_that_names_no_key_of_a_model_is_refused(wrong: str) -> None:
    with pytest.raises(Invalid, match="DSPEX_KEY_VARIABLES"):
        load_settings(key_variables=f"OPENAI_API_KEY,{wrong}")


def calling(url: str) -> Call:
    model = ModelDefinition("corp", "openai_compatible", "some-model", url, num_retries=0, timeout_seconds=5)
    return Call(PROGRAM, TICKET, model)


async def asked(networks: ModelNetworks, url: str) -> Any:
    layer = LmLayer(networks=networks)
    try:
        (answer,) = await layer.execute([calling(url)])
    finally:
        await layer.aclose()
    return answer


async def asked_in_a_thread(networks: ModelNetworks, url: str) -> Failure:
    """As tools and optimizers ask, which are no coroutines."""
    layer, definition = LmLayer(networks=networks), calling(url).model
    lm, settings = layer.models.get(definition), layer.dspy_settings(PROGRAM, lambda _: None, None)
    with dspy.context(**settings), pytest.raises(dspy.LMError) as caught:
        lm("my question")
    await layer.aclose()
    return as_failure(caught.value, definition)


@pytest.mark.parametrize("how", ["on the loop", "in a thread"])
async def test_nothing_is_sent_to_an_address_that_is_not_allowed(how: str) -> None:
    with ModelServer() as server:
        asking = asked if how == "on the loop" else asked_in_a_thread
        refused = await asking(ModelNetworks.named(["public"]), server.url)
        assert isinstance(refused, Failure)
        assert refused.issues[0].code == "model_address_not_allowed"
        assert server.calls == 0
        assert not isinstance(await asked(ModelNetworks.named(["loopback"]), server.url), Failure)


async def test_a_name_that_leads_elsewhere_once_it_was_looked_up_is_told_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As whoever owns a name does it: what is looked up is public, and what is connected to is this machine."""
    with ModelServer() as server:
        port = int(server.url.split(":")[2].split("/")[0])
        answers = [("93.184.216.34", port), ("127.0.0.1", port)]

        async def getaddrinfo(*_: Any, **__: Any) -> Sequence[Any]:
            to = answers.pop(0) if len(answers) > 1 else answers[0]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", to)]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
        refused = await asked(ModelNetworks.named(["public"]), f"http://models.example.com:{port}/v1")
        assert isinstance(refused, Failure)
        assert refused.issues[0].code == "model_address_not_allowed"
        assert server.calls == 0


async def test_a_redirect_is_followed_nowhere() -> None:
    with ModelServer() as server:
        async with redirecting(server.url) as url:
            answer = await asked(ModelNetworks(), url)
        assert isinstance(answer, Failure)
        assert server.calls == 0


@asynccontextmanager
async def redirecting(to: str) -> AsyncIterator[str]:
    """An endpoint that says that everything is elsewhere."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {to}/chat/completions\r\n".encode())
        writer.write(b"Content-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
