"""The adapter on the page about adapters is whole: as pasted, it keeps every promise of the port."""

import asyncio
import re
import tomllib
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import timedelta
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

import adapters
from bot.chat.contract import HOSTILE, HTTP_FAULTS, AdapterContract, Fault, MemoryHost, Rig, messages
from bot.clock import SystemClock
from bot.settings import load
from tests.adapters.terminal_stage import StageCommands

PAGE = Path(__file__).resolve().parents[1] / "docs" / "adapters.md"
FILE = re.compile(r"^`([\w./]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES: dict[str, str] = dict(FILE.findall(PAGE.read_text("utf-8")))


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

    app = web.Application()
    app.add_routes([web.get("/events", give), web.post("/rooms/loft/whispers", hear)])
    async with TestServer(app) as server, asyncio.timeout(5):
        settings = page.PigeonSettings(token="x", server=f"http://127.0.0.1:{server.port}")
        async with page.PigeonAdapter(settings, MemoryHost(), SystemClock()) as adapter:
            listening = asyncio.create_task(adapter.listen(StageCommands()))
            heard = [await whispers.get() for _ in range(2)]
            listening.cancel()
    assert heard == [{"to": "U1", "text": f"loft heard hello {number}"} for number in (1, 2)]
    assert whispers.empty()
