"""What an operator can set, read from the environment and from a file `.env`.

Core settings are here; an adapter's are in its own folder, on `AdapterSettings`, with a prefix of
its own. `.env.example` documents all of them, and a test compares it with the code.
"""

import json
import os
import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from pydantic_settings import SettingsError as Undecodable
from pydantic_settings.sources import read_env_file
from yarl import URL

T = TypeVar("T", bound=BaseSettings)
_FERNET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
_PASSWORD = re.compile(r"://[^/?#]*:[^/?#]*@|[?&](ssl)?password=", re.IGNORECASE)  # in an address
OWN = "Value error, "  # pydantic puts it before what a validator of ours says


class SettingsError(Exception):
    """Settings are wrong: a line each names the variable, what is bad, and what it takes.

    `fields` are those of the model that can be left at their defaults instead; none where it cannot
    be told which are wrong.
    """

    def __init__(self, message: str, fields: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.fields = frozenset(fields)


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
    """An http(s) address that a path can be put behind."""
    try:
        url = URL(value)
    except ValueError:
        url = URL()
    if url.scheme not in {"http", "https"} or not url.host or url.user or url.query_string or url.fragment:
        raise ValueError("takes an address such as https://huggingface.co, without a password")
    return value.rstrip("/")


def _upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


CommaList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
CommaSecrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_listed)]
CommaInts = Annotated[tuple[int, ...], NoDecode, BeforeValidator(_listed)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
Level = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)]
LogFormat = Annotated[Literal["text", "json"], BeforeValidator(_lower)]
Synchronous = Annotated[Literal["NORMAL", "FULL"], BeforeValidator(_upper)]

_SOURCE = SettingsConfigDict(
    env_file=".env",
    env_ignore_empty=True,
    extra="ignore",
    frozen=True,
    hide_input_in_errors=True,
    loc_by_alias=False,  # an error names the field, whatever the variable is called
    populate_by_name=True,
    str_strip_whitespace=True,  # a line break that was copied along with a token
)


def secrets_of(settings: BaseSettings) -> list[str]:
    """The values that must never be shown."""
    found: list[str] = []
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        values = value if isinstance(value, tuple) else (value,)
        found += [each.get_secret_value() for each in values if isinstance(each, SecretStr)]
    return found


def _sealing_keys(keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    """Fernet's keys (github.com/fernet/spec); checked here, since the library that takes them is optional."""
    if not all(_FERNET_KEY.fullmatch(key.get_secret_value()) for key in keys):
        raise ValueError("takes keys of 32 bytes as URL-safe base64, which is 44 characters each")
    return keys


def _people(entries: tuple[str, ...]) -> tuple[str, ...]:
    """Ids of people, each alone or behind its platform and a colon."""
    for entry in entries:
        if entry != entry.strip(":") or entry.split() != [entry]:
            raise ValueError(f"{entry[:40]!r} is nobody; takes ids such as U01, or chat:U01 on one platform")
    return entries


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

    @property
    def beginning(self) -> Sequence[str]:
        """How one begins with this platform, a line each: what `doctor` says where it is not configured."""
        return ()


class Settings(BaseSettings):
    """The core's settings; each is an environment variable of the same name, in capitals."""

    model_config = _SOURCE

    database_url: SecretStr = SecretStr("sqlite:///paperboy.db")
    hf_endpoint: HttpUrl = "https://huggingface.co"
    hf_token: SecretStr | None = None
    poll_interval: int = Field(300, ge=60, le=3_600)  # seconds
    preview_days: int = Field(30, ge=0, le=365)
    paperboy_secret_key: Annotated[
        CommaSecrets, AfterValidator(_sealing_keys)
    ] = ()  # the first seals what is kept encrypted, all open it
    operators: Annotated[CommaList, AfterValidator(_people)] = ()  # "chat:U01" is U01 on chat alone
    paperboy_command: str = Field(
        "papers", pattern=r"^[a-z0-9_-]{1,32}$", description="1 to 32 of the letters a to z, digits, - and _"
    )
    port: int = Field(8080, ge=0, le=65_535)  # of the HTTP server, where an adapter needs one
    keep_days: int = Field(90, ge=30, le=3_650)
    forget_after_days: int = Field(30, ge=1, le=365)  # since the bot was removed from a workspace
    sqlite_synchronous: Synchronous = "NORMAL"
    allow_ephemeral_sqlite: bool = False
    dyno: str | None = None  # set by Heroku on its machines
    log_level: Level = "INFO"
    log_format: LogFormat = "text"

    @property
    def secrets(self) -> Sequence[str]:
        """What must never be shown; the address of a database only where it holds a password."""
        address = self.database_url.get_secret_value()
        return [secret for secret in secrets_of(self) if secret != address or _PASSWORD.search(address)]

    @property
    def poll_every(self) -> timedelta:
        """How long between two polls."""
        return timedelta(seconds=self.poll_interval)


def variables(model: type[BaseSettings]) -> frozenset[str]:
    """The environment variables that `model` reads."""
    return frozenset(variable(model, field) for field in model.model_fields)


def variable(model: type[BaseSettings], field: str) -> str:
    """The environment variable that sets `field` of `model`; an alias is one that another model owns."""
    alias = model.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else (model.model_config.get("env_prefix", "") + field).upper()


def load(model: type[T], **given: Any) -> T:
    """Read `model` from the environment and `.env`; raises SettingsError, one line a variable."""
    try:
        return model(**given)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        lines = dict.fromkeys(_line(model, problem) for problem in problems)
        fields = (str(problem["loc"][0]) for problem in problems if problem["loc"])
        raise SettingsError("\n".join(lines), fields) from None
    except Undecodable as error:
        raise SettingsError(f"{error}; it takes JSON") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise SettingsError(f"The file .env cannot be read: {reason}") from None


def error_in(model: type[BaseSettings]) -> SettingsError | None:
    """What is wrong with the values of `model`, if anything is."""
    try:
        load(model)
    except SettingsError as error:
        return error
    return None


def readable(model: type[T]) -> T:
    """`model` with its default for whatever is wrong; raises SettingsError where that cannot be told."""
    try:
        return load(model)
    except SettingsError as error:
        return load(model, **{name: model.model_fields[name].get_default() for name in error.fields})


def given() -> frozenset[str]:
    """The names of all that is set, in the environment or in `.env`, whoever reads it."""
    return frozenset(os.environ) | {name.upper() for name in read_env_file(Path(".env"))}


def _line(model: type[BaseSettings], problem: Any) -> str:
    """One readable line for one `problem` that pydantic found. The bad value may be a secret."""
    own = problem["msg"].removeprefix(OWN)
    if not problem["loc"]:
        return str(own)
    field, *inside = problem["loc"]
    info = model.model_fields[field]
    entry = inside and isinstance(inside[0], int) and SecretStr not in get_args(info.annotation)
    part = f", {str(problem['input'])[:40]!r}" if entry else ""
    said = own if problem["msg"].startswith(OWN) else f"takes {takes(info) or own}"
    return f"{variable(model, str(field))}{part}: {said}"


def takes(info: FieldInfo) -> str:
    """What a setting takes, in words; nothing where its own validator says it, or where any text will do."""
    kind = info.annotation
    match get_origin(kind) or kind:
        case origin if origin is tuple:
            return "whole numbers such as 0,1" if int in get_args(kind) else "a list such as a,b"
        case origin if origin is Literal:
            return _alternatives(get_args(kind))
        case origin if origin is bool:
            return "1 or 0"
        case origin if origin is int:
            return "a whole number" + _range(info)
    return info.description or ""


def _alternatives(values: Sequence[str]) -> str:
    return f"{', '.join(values[:-1])} or {values[-1]}"


def _range(info: FieldInfo) -> str:
    low, high = (
        next((getattr(limit, name) for limit in info.metadata if hasattr(limit, name)), None)
        for name in ("ge", "le")
    )
    return f" from {low} to {high}" if low is not None and high is not None else ""
