"""What an operator can set, read from the environment and from a file `.env`.

Core settings are here; an adapter's are in its own folder, on `AdapterSettings`, with a prefix of
its own. `.env.example` documents all of them, and a test compares it with the code.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeVar, get_origin

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from yarl import URL

T = TypeVar("T", bound=BaseSettings)


class SettingsError(Exception):
    """A setting is wrong: the message names the variable, what is bad, and what it takes."""


def _listed(value: object) -> object:
    """`a,b`, `["a", "b"]` or nothing, as a sequence (pydantic-settings expects JSON alone)."""
    if not isinstance(value, str):
        return value
    if value.strip().startswith("["):
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError('takes a list such as a,b or ["a", "b"]') from error
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _http_url(value: str) -> str:
    """An http(s) address without a trailing slash."""
    url = URL(value)
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError("takes an address such as https://huggingface.co")
    return value.rstrip("/")


CommaList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
CommaSecrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_listed)]
CommaInts = Annotated[tuple[int, ...], NoDecode, BeforeValidator(_listed)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]

_SOURCE = SettingsConfigDict(
    env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
)


def secrets_of(settings: BaseSettings) -> list[str]:
    """The values that must never be shown."""
    found: list[str] = []
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        values = value if isinstance(value, tuple) else (value,)
        found += [each.get_secret_value() for each in values if isinstance(each, SecretStr)]
    return found


class AdapterSettings(BaseSettings):
    """Base of an adapter's settings; a subclass sets its `env_prefix` and says when it is configured."""

    model_config = _SOURCE

    @property
    def configured(self) -> bool:
        """Whether these settings ask for the adapter."""
        return False

    @property
    def secrets(self) -> Sequence[str]:
        """What must never be shown."""
        return secrets_of(self)


class Settings(BaseSettings):
    """The core's settings; each is an environment variable of the same name, in capitals."""

    model_config = _SOURCE

    database_url: SecretStr = SecretStr("sqlite:///paperboy.db")
    hf_endpoint: HttpUrl = "https://huggingface.co"
    hf_token: SecretStr | None = None
    poll_interval: int = Field(300, ge=60, le=3_600)  # seconds
    preview_days: int = Field(30, ge=0, le=365)
    paperboy_secret_key: CommaSecrets = ()  # the first seals what is kept encrypted, all open it
    operators: CommaList = ()
    command: str = Field("papers", pattern=r"^[a-z0-9_-]{1,32}$")
    port: int = Field(8080, ge=0, le=65_535)  # of the HTTP server, where an adapter needs one
    keep_days: int = Field(90, ge=30, le=3_650)
    sqlite_synchronous: Literal["NORMAL", "FULL"] = "NORMAL"
    allow_ephemeral_sqlite: bool = False
    dyno: str | None = None  # set by Heroku on its machines
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"

    @property
    def poll_every(self) -> timedelta:
        """How long between two polls."""
        return timedelta(seconds=self.poll_interval)


def variable(model: type[BaseSettings], field: str) -> str:
    """The environment variable that sets `field` of `model`."""
    return (model.model_config.get("env_prefix", "") + field).upper()


def load(model: type[T], **given: Any) -> T:
    """Read `model` from the environment and `.env`; raises SettingsError, one line a variable."""
    try:
        return model(**given)
    except ValidationError as error:
        lines = [_line(model, problem) for problem in error.errors(include_url=False)]
        raise SettingsError("\n".join(lines)) from None


def _line(model: type[BaseSettings], problem: Any) -> str:
    """One readable line for one `problem` that pydantic found."""
    where = problem["loc"]
    if not where:
        return str(problem["msg"]).removeprefix("Value error, ")
    name = variable(model, str(where[0]))
    part = f", {str(problem['input'])[:40]!r}" if len(where) > 1 and isinstance(where[1], int) else ""
    said = problem["msg"].removeprefix("Value error, ")
    return f"{name}{part}: {said}{'' if 'takes' in said else _takes(model, str(where[0]))}"


def _takes(model: type[BaseSettings], field: str) -> str:
    """What a list takes, since pydantic speaks only of its entries."""
    info = model.model_fields.get(field)
    if info is None or get_origin(info.annotation) is not tuple:
        return ""
    return "; it takes a list such as a,b"
