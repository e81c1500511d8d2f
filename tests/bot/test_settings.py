"""Settings are read from where operators put them, and a wrong one is one line that says how to mend it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

import adapters
from bot.settings import (
    AdapterSettings,
    CommaInts,
    CommaList,
    CommaSecrets,
    Settings,
    SettingsError,
    load,
    readable,
    secrets_of,
    takes,
    variable,
)

EXAMPLE = Path(__file__).resolve().parents[2] / ".env.example"
OWN = [name for name in adapters.names() if adapters.settings(name).__module__.startswith("adapters.")]
MODELS: list[type[BaseSettings]] = [Settings, *(adapters.settings(name) for name in OWN)]
TOKEN = "hf_0123456789abcdef"
KEY = "x" * 43 + "="


class Chat(AdapterSettings):
    """An adapter's settings, with lists of each kind."""

    model_config = SettingsConfigDict(env_prefix="CHAT_")

    managers: CommaList = ()
    shard_ids: CommaInts = ()
    tokens: CommaSecrets = ()
    mode: Literal["http", "socket", "both"] = "http"
    port: int = Field(8080, validation_alias="PORT")  # the core's, read here too
    ratio: float = 1.0


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of ours is set, and the folder holds no `.env`."""
    kinds: list[type[BaseSettings]] = [Chat, *MODELS]
    for model in kinds:
        for field in model.model_fields:
            monkeypatch.delenv(variable(model, field), raising=False)
    monkeypatch.chdir(tmp_path)


def refused(model: type[BaseSettings] = Settings) -> str:
    with pytest.raises(SettingsError) as error:
        load(model)
    assert error.value.__cause__ is None
    return str(error.value)


class TestSources:
    """The environment, then `.env`, then the default."""

    def test_a_file_is_read_and_the_environment_wins(self, monkeypatch: pytest.MonkeyPatch) -> None:
        Path(".env").write_text(
            'POLL_INTERVAL=600\nPAPERBOY_COMMAND="post"  # ours\nCHAT_MANAGERS=U1\nUNKNOWN=1\n'
        )
        monkeypatch.setenv("POLL_INTERVAL", "900")
        assert (load(Settings).poll_interval, load(Settings).paperboy_command) == (900, "post")
        assert load(Chat).managers == ("U1",)

    def test_an_empty_variable_is_the_default(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for field in Settings.model_fields:
            monkeypatch.setenv(variable(Settings, field), "")
        assert load(Settings) == load(Settings, _env_file=None)

    @pytest.mark.parametrize("level", ["debug", "DEBUG", " Debug "])
    def test_capitals_and_blanks_do_not_matter(self, monkeypatch: pytest.MonkeyPatch, level: str) -> None:
        monkeypatch.setenv("LOG_LEVEL", level)
        monkeypatch.setenv("LOG_FORMAT", "JSON")
        monkeypatch.setenv("HF_TOKEN", f"{TOKEN}\n")
        read = load(Settings)
        assert (read.log_level, read.log_format) == ("DEBUG", "json")
        assert read.hf_token is not None and read.hf_token.get_secret_value() == TOKEN

    def test_an_address_loses_its_last_slash(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:8000/mirror/")
        assert load(Settings).hf_endpoint == "http://127.0.0.1:8000/mirror"

    def test_a_file_that_is_no_text_is_said(self) -> None:
        Path(".env").write_bytes(b"HF_TOKEN=\xff\xfe")
        assert refused() == "The file .env cannot be read: it is not UTF-8 text"


class TestLists:
    """Lists are what people type."""

    @pytest.mark.parametrize(
        ("given", "read"),
        [("U01,U02", ("U01", "U02")), ("", ()), ('["U01"]', ("U01",)), (" U01 , ,U02, ", ("U01", "U02")),
         ("[]", ()), (' ["a,b", "c"] ', ("a,b", "c"))],
    )  # fmt: skip
    def test_commas_and_json_are_read(
        self, monkeypatch: pytest.MonkeyPatch, given: str, read: tuple[str, ...]
    ) -> None:
        monkeypatch.setenv("CHAT_MANAGERS", given)
        monkeypatch.setenv("CHAT_TOKENS", given)
        assert load(Chat).managers == read
        assert secrets_of(load(Chat)) == list(read)

    @pytest.mark.parametrize("given", ["0,x", '[0, "x"]'])
    def test_a_bad_part_is_named_with_its_variable_and_the_form(
        self, monkeypatch: pytest.MonkeyPatch, given: str
    ) -> None:
        monkeypatch.setenv("CHAT_SHARD_IDS", given)
        assert refused(Chat) == "CHAT_SHARD_IDS, 'x': takes whole numbers such as 0,1"

    @pytest.mark.parametrize("name", ["CHAT_MANAGERS", "CHAT_SHARD_IDS", "CHAT_TOKENS"])
    def test_broken_json_says_what_can_be_written(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        monkeypatch.setenv(name, f'["{TOKEN}"')
        assert refused(Chat) == f'{name}: takes a list such as a,b or ["a", "b"]'

    def test_a_bad_part_of_secrets_is_not_shown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CHAT_TOKENS", "[123456789]")
        assert refused(Chat) == "CHAT_TOKENS: takes a list such as a,b"

    def test_a_long_part_is_cut(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CHAT_SHARD_IDS", "x" * 1_000)
        assert len(refused(Chat)) < 120


class TestErrors:
    """One line for each wrong setting, with what it takes."""

    @pytest.mark.parametrize(
        ("name", "given", "said"),
        [
            ("POLL_INTERVAL", "5 minutes", "takes a whole number from 60 to 3600"),
            ("POLL_INTERVAL", "59", "takes a whole number from 60 to 3600"),
            ("POLL_INTERVAL", "3601", "takes a whole number from 60 to 3600"),
            ("POLL_INTERVAL", "300.5", "takes a whole number from 60 to 3600"),
            ("POLL_INTERVAL", "9" * 5_000, "takes a whole number from 60 to 3600"),
            ("PREVIEW_DAYS", "-1", "takes a whole number from 0 to 365"),
            ("KEEP_DAYS", "29", "takes a whole number from 30 to 3650"),
            ("PORT", "http", "takes a whole number from 0 to 65535"),
            ("PORT", "65536", "takes a whole number from 0 to 65535"),
            ("SQLITE_SYNCHRONOUS", "OFF", "takes NORMAL or FULL"),
            ("ALLOW_EPHEMERAL_SQLITE", "perhaps", "takes 1 or 0"),
            ("LOG_LEVEL", "LOUD", "takes DEBUG, INFO, WARNING or ERROR"),
            ("LOG_FORMAT", "xml", "takes text or json"),
            ("PAPERBOY_COMMAND", "my papers", "takes 1 to 32 of the letters a to z, digits, - and _"),
            ("PAPERBOY_COMMAND", "/papers", "takes 1 to 32 of the letters a to z, digits, - and _"),
            ("HF_ENDPOINT", "huggingface.co", "takes an address such as https://huggingface.co"),
            ("HF_ENDPOINT", "ftp://huggingface.co", "takes an address such as https://huggingface.co"),
            ("HF_ENDPOINT", "https://", "takes an address such as https://huggingface.co"),
            ("HF_ENDPOINT", "https://[::1", "takes an address such as https://huggingface.co"),
            ("HF_ENDPOINT", "https://h:99999999", "takes an address such as https://huggingface.co"),
            ("HF_ENDPOINT", "https://h/?a=b", "takes an address such as https://huggingface.co"),
            ("HF_ENDPOINT", "https://bot:pass@h", "takes an address such as https://huggingface.co"),
            ("OPERATORS", '["U01"', 'takes a list such as a,b or ["a", "b"]'),
            ("OPERATORS", "U01,chat:", "'chat:' is nobody; takes ids such as U01, or chat:U01"),
            ("OPERATORS", "Ada L", "'Ada L' is nobody; takes ids such as U01, or chat:U01"),
            ("PAPERBOY_SECRET_KEY", '["U01"', 'takes a list such as a,b or ["a", "b"]'),
            ("PAPERBOY_SECRET_KEY", "short", "takes keys of 32 bytes as URL-safe base64, which is 44"),
            ("PAPERBOY_SECRET_KEY", f"{KEY},{'ü' * 44}", "takes keys of 32 bytes as URL-safe base64"),
            ("PAPERBOY_SECRET_KEY", f"{KEY[:-1]}a", "takes keys of 32 bytes as URL-safe base64"),
        ],
    )
    def test_a_bad_value_is_one_line_that_says_what_is_taken(
        self, monkeypatch: pytest.MonkeyPatch, name: str, given: str, said: str
    ) -> None:
        monkeypatch.setenv(name, given)
        line = refused()
        assert line.startswith(f"{name}: {said}") and "\n" not in line
        assert "Input should" not in line and "Value error" not in line and "bot:" not in line

    def test_each_wrong_setting_has_its_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PORT", "x")
        monkeypatch.setenv("LOG_FORMAT", "x")
        assert [line.partition(":")[0] for line in refused().splitlines()] == ["PORT", "LOG_FORMAT"]

    def test_three_choices_read_like_a_sentence_and_an_unforeseen_kind_has_pydantics_words(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CHAT_MODE", "x")
        monkeypatch.setenv("CHAT_RATIO", "x")
        mode, ratio = refused(Chat).splitlines()
        assert mode == "CHAT_MODE: takes http, socket or both"
        assert ratio.startswith("CHAT_RATIO: ") and "valid number" in ratio

    def test_no_secret_stands_in_an_error_or_in_what_is_printed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setenv("DATABASE_URL", f"postgresql://bot:{TOKEN}@h:port/x")
        monkeypatch.setenv("PAPERBOY_SECRET_KEY", f"{TOKEN.ljust(43, 'x')}=,{TOKEN.ljust(43, 'y')}=")
        read = load(Settings)
        assert TOKEN not in f"{read!r} {read} {read.model_dump_json()}"
        assert len(read.secrets) == 4 and all(TOKEN in secret for secret in read.secrets)
        monkeypatch.setenv("PORT", TOKEN)
        assert TOKEN not in refused()

    @pytest.mark.parametrize(
        ("address", "secret"),
        [
            ("sqlite://", False),
            ("sqlite:///paperboy.db", False),
            ("postgresql://bot@h/x", False),
            ("postgresql://bot:p@h/x", True),
            ("postgresql://:p@h/x", True),
            ("postgresql://h/x?user=bot&password=p", True),
        ],
    )
    def test_the_address_of_a_database_is_a_secret_where_it_holds_a_password(
        self, address: str, secret: bool
    ) -> None:
        assert (address in load(Settings, database_url=address).secrets) is secret

    def test_a_third_partys_plain_list_is_no_crash(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Plain(AdapterSettings):
            rooms: list[str] = Field(default_factory=list)

        monkeypatch.setenv("ROOMS", "a,b")
        assert '"rooms"' in refused(Plain) and "takes JSON" in refused(Plain)

    def test_a_setting_of_the_core_can_be_read_by_an_adapter_under_its_own_name(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PORT", "81")
        assert load(Chat).port == 81
        assert variable(Chat, "port") == "PORT"

    def test_where_that_is_wrong_the_line_names_its_variable_and_the_default_can_stand_in(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PORT", "x")
        assert refused(Chat) == "PORT: takes a whole number"
        assert readable(Chat).port == 8080

    def test_settings_cannot_be_changed(self) -> None:
        with pytest.raises(ValueError, match="frozen"):
            load(Settings).poll_interval = 5


class TestExample:
    """`.env.example` describes what there is."""

    @staticmethod
    def entries() -> Iterator[tuple[str, str]]:
        """Each setting with the comment above it."""
        for block in EXAMPLE.read_text("utf-8").split("\n\n"):
            *comment, entry = block.strip().splitlines()
            if match := re.fullmatch(r"# ([A-Z][A-Z0-9_]*)=.*", entry):
                yield match[1], " ".join(line.removeprefix("# ") for line in comment)

    def test_every_setting_is_there_once_and_no_other(self) -> None:
        there = [name for name, _ in self.entries()]
        code = {variable(model, field) for model in MODELS for field in model.model_fields}
        assert sorted(there) == sorted(code)

    def test_each_is_explained_with_what_it_takes(self) -> None:
        comments = dict(self.entries())
        fields = [(variable(m, name), info) for m in MODELS for name, info in m.model_fields.items()]
        for name, info in fields:
            assert len(comments[name].split()) >= 8, name
            words = takes(info)
            assert words in comments[name] or words.startswith("a list such as"), f"{name}: {words}"
            assert "a list" in comments[name] or not words.startswith("a list"), name

    @pytest.mark.parametrize("model", MODELS)
    def test_the_values_are_the_defaults(self, model: type[BaseSettings], tmp_path: Path) -> None:
        entries = re.findall(r"^# ([A-Z][A-Z0-9_]*=.*)$", EXAMPLE.read_text("utf-8"), re.MULTILINE)
        copy = tmp_path / "copied"
        copy.write_text("\n".join(entries))
        assert load(model, _env_file=copy) == load(model, _env_file=None)

    def test_the_file_as_it_stands_sets_nothing(self) -> None:
        lines = EXAMPLE.read_text("utf-8").splitlines()
        assert [line for line in lines if line and not line.startswith("#")] == []
        assert max(map(len, lines)) <= 115
