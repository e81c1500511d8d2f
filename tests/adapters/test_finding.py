"""Adapters are found by name: our own folders, then what other distributions register."""

import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints

import pytest

import adapters
from adapters.webhook.adapter import WebhookAdapter
from adapters.webhook.settings import WebhookSettings
from bot.chat.errors import SetupFailed
from tests.fakes.chat_adapter import FakeChat, FakeChatSettings


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other distributions' metadata would say."""
    values = {
        "fakechat": "tests.fakes.chat_adapter:FakeChat",
        "webhook": "tests.fakes.chat_adapter:FakeChat",
        "missing": "no_such_package.adapter:Adapter",
        "renamed": "tests.fakes.chat_adapter:NoSuchClass",
        "function": "tests.fakes.chat_adapter:rendered",
    }
    points = EntryPoints(EntryPoint(name, value, adapters.GROUP) for name, value in values.items())
    monkeypatch.setattr(adapters, "entry_points", points.select)


def test_our_own_are_found_in_their_folders() -> None:
    assert "webhook" in adapters.names()
    assert adapters.load("webhook") is WebhookAdapter
    assert adapters.settings("webhook") is WebhookSettings


@pytest.mark.usefixtures("registered")
def test_others_are_found_by_entry_point_after_ours() -> None:
    names = adapters.names()
    assert names.index("fakechat") > names.index("webhook")
    assert names.count("webhook") == 1
    assert adapters.load("fakechat") is FakeChat
    assert adapters.settings("fakechat") is FakeChatSettings


@pytest.mark.usefixtures("registered")
def test_nobody_takes_the_place_of_ours() -> None:
    assert adapters.load("webhook") is WebhookAdapter


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nothing", r"no adapter called nothing.*webhook"),
        ("missing", "cannot be imported.*no_such_package"),
        ("renamed", "cannot be imported.*NoSuchClass"),
        ("function", "not a ChatAdapter"),
    ],
)
def test_what_cannot_be_loaded_says_why_and_what_to_do(name: str, told: str) -> None:
    for find in (adapters.load, adapters.settings):
        with pytest.raises(SetupFailed, match=told) as caught:
            find(name)
        assert caught.value.fix


@pytest.mark.parametrize("ask", ["adapters.names()", "adapters.settings('webhook')"])
def test_no_adapter_is_imported_before_it_is_asked_for(ask: str) -> None:
    look = f"import sys, adapters; {ask}; print([name for name in sys.modules if name.endswith('.adapter')])"
    ran = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert "adapters." not in ran.stdout
