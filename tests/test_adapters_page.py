"""The adapter on the page about adapters is whole: as pasted, it keeps every promise of the port."""

import asyncio
import re
import tomllib
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

import adapters
from bot import app
from bot.chat.contract import HOSTILE, HTTP_FAULTS, AdapterContract, Fault, MemoryHost, Rig, messages
from bot.clock import MINUTE, SystemClock
from bot.settings import Settings, load
from tests.adapters.terminal_stage import HELP, StageCommands
from tests.fakes.clock import FakeClock

PAGE = Path(__file__).resolve().parents[1] / "docs" / "adapters.md"
FILE = re.compile(r"^`([\w./]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES: dict[str, str] = dict(FILE.findall(PAGE.read_text("utf-8")))
SHOWN = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TWO_MINUTES = 2 * MINUTE  # as the page says: until the room is told who subscribed it
UNDO = replace(HELP, name="undo", examples=("undo",))


@contextmanager
def pasted() -> Iterator[None]:
    """The files of the page can be imported while the block runs."""
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        (folder / "paperboy_pigeon").mkdir()
        (folder / "paperboy_pigeon" / "__init__.py").touch()
        for path, text in FILES.items():
            (folder / path).write_text(text, "utf-8")
        patch.syspath_prepend(folder)
        yield


with pasted():
    page: Any = import_module("test_pigeon")
    posting: Any = import_module("paperboy_pigeon.adapter")
    marked: Any = import_module("paperboy_pigeon.marked")
    pigeon: Any = import_module("pigeon")


class TestPigeon(AdapterContract):
    """The page's own rig; our own adapters meet all of the texts."""

    faults = HTTP_FAULTS

    def rig(self) -> AbstractAsyncContextManager[Rig]:
        suite = page.TestPigeon()
        suite.patience = self.patience
        rig: AbstractAsyncContextManager[Rig] = suite.rig()
        return rig

    @pytest.mark.parametrize("kind", messages(""))
    @pytest.mark.parametrize("text", ["nothing", "markup", "long"])
    async def test_any_message_arrives_once(self, text: str, kind: str) -> None:
        await super().test_any_message_arrives_once(HOSTILE[text], kind)

    def _needs(self, fault: Fault) -> None:
        super()._needs(fault)
        if fault is Fault.SILENT:
            self.patience = timedelta(seconds=0.2)


@pytest.mark.parametrize("kind", messages(""))
@pytest.mark.parametrize("text", ["nothing", "markdown", "markup", "direction"])
async def test_the_renderer_for_markup_keeps_the_promises_too(
    monkeypatch: pytest.MonkeyPatch, text: str, kind: str
) -> None:
    monkeypatch.setattr(posting, "render", marked.render)
    await TestPigeon().test_any_message_arrives_once(text, kind)
    bare = re.sub(r"\\.", "", marked.render(messages(HOSTILE[text])[kind], "UTC")["text"])
    unmarked = re.sub(r"\[([^][*]*)\]\([^][()*]*\)|\*([^][()*]*)\*", r"\1\2", bare)
    assert not set(unmarked) & set("\\*[]()@")


async def test_the_renderer_for_markup_tears_no_item(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "render", marked.render)
    await TestPigeon().test_of_a_long_list_every_item_is_shown_or_counted()


def test_the_page_leaves_no_fault_out() -> None:
    assert page.TestPigeon.faults == HTTP_FAULTS


def test_the_entry_point_on_the_page_names_the_adapter() -> None:
    project = tomllib.loads(FILES["pyproject.toml"])["project"]
    ((name, value),) = project["entry-points"][adapters.GROUP].items()
    found = EntryPoint(name, value, adapters.GROUP).load()
    assert (found, found.name) == (page.PigeonAdapter, name)


def test_the_token_on_the_page_switches_the_adapter_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not load(page.PigeonSettings, _env_file=None).configured
    assert "export PIGEON_TOKEN=" in PAGE.read_text("utf-8")
    monkeypatch.setenv("PIGEON_TOKEN", "x")
    assert load(page.PigeonSettings, _env_file=None).configured


async def test_what_is_typed_on_the_page_is_answered_once_and_to_that_person_alone() -> None:
    said = {"room": "loft", "user": "U1", "name": "Ana", "owner": False}
    events = [{"id": str(number), "text": f"hello {number}", **said} for number in (1, 1, 2)]
    whispers = asyncio.Queue[Any]()

    async def give(_request: web.Request) -> web.Response:
        given = web.json_response(events)
        events.clear()
        return given

    async def hear(request: web.Request) -> web.Response:
        await whispers.put(await request.json())
        return web.json_response({})

    fake = web.Application()
    fake.add_routes([web.get("/events", give), web.post("/rooms/loft/whispers", hear)])
    async with TestServer(fake) as server, asyncio.timeout(5):
        settings = page.PigeonSettings(token="x", server=f"http://127.0.0.1:{server.port}")
        async with page.PigeonAdapter(settings, MemoryHost(), SystemClock()) as speaking:
            commands = StageCommands(table=(*StageCommands.table, UNDO))
            listening = asyncio.create_task(speaking.listen(commands))
            heard = [await whispers.get() for _ in range(2)]
            listening.cancel()
    assert heard == [{"to": "U1", "text": f"loft heard hello {number}\n\nUndo: undo"} for number in (1, 2)]
    assert whispers.empty()


async def test_the_pigeon_on_the_page_shows_what_the_page_says(
    migrated_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = PAGE.read_text("utf-8")
    (wanted,) = SHOWN.findall(text)
    (line,) = re.findall(r"curl -d '(.*?)' ", text)
    assert len(set(re.findall(r"(?:127\.0\.0\.1:|port=)(\d+)", text))) == 1
    settings = load(Settings, _env_file=None, database_url=migrated_sqlite, hf_endpoint="http://127.0.0.1:1")
    monkeypatch.setenv("PIGEON_TOKEN", "x")
    printed = asyncio.Queue[str]()

    def note(*lines: str, **_how: Any) -> None:
        printed.put_nowait("\n".join(lines).strip())

    monkeypatch.setattr(pigeon, "print", note, raising=False)
    async with TestClient(TestServer(pigeon.app)) as ana, asyncio.timeout(5):
        monkeypatch.setenv("PIGEON_SERVER", str(ana.make_url("")))
        async with (
            app.built(settings, clock, kinds={"pigeon": page.PigeonAdapter}) as parts,
            parts.adapters["pigeon"] as speaking,
        ):
            listening = asyncio.create_task(speaking.listen(parts.commands))
            await ana.post("/say", data=line)
            whisper = await printed.get()
            clock.advance(TWO_MINUTES)
            await parts.postman.until_done()
            listening.cancel()
    shown = f"{whisper}\n\n{printed.get_nowait()}\n"
    assert re.sub(r"at:\d+", "at:…", shown) == re.sub(r"at:\d+", "at:…", wanted)
