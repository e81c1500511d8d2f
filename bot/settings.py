"""What an operator can set, read from the environment and from a file `.env`.

Core settings are here; an adapter's are in its own folder, on `AdapterSettings`, with a prefix of
its own. `.env.example` documents all of them, and a test compares it with the code.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AnyHttpUrl, BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

T = TypeVar("T", bound=BaseSettings)


class SettingsError(Exception):
    """A setting is wrong: the message names the variable, what is bad, and what it takes."""
