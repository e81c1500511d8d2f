"""From what was typed to the values a handler gets. Pure."""

from collections.abc import Mapping
from typing import Any

from bot.chat.command import BadArgument, Command, Param


def read(command: Command, given: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, BadArgument]]:
    """The parsed values of `given`, and what is wrong with it; both by parameter. Lets Asks through."""
    values: dict[str, Any] = {}
    wrong = {name: _unknown(command, name) for name in given if command.param(name) is None}
    for param in command.params:
        try:
            if param.name in given:
                values[param.name] = _parsed(param, given[param.name])
            elif param.required:
                wrong[param.name] = BadArgument(param.name, f"{param.name} is needed: {param.help}.")
        except BadArgument as error:
            wrong[param.name] = error
    return values, wrong


def missing(command: Command, given: Mapping[str, str]) -> bool:
    """Whether `given` lacks something without which `command` cannot be done."""
    return any(param.required and param.name not in given for param in command.params)


def _parsed(param: Param, text: str) -> Any:
    if len(text) > param.max_length:
        why = f"{param.name} takes at most {param.max_length} characters; this has {len(text)}."
        raise BadArgument(param.name, why)
    return param.parse(_chosen(param, text) if param.choices else text)


def _chosen(param: Param, text: str) -> str:
    """The one of the parameter's choices that `text` is."""
    for choice in param.choices:
        if choice.casefold() == text.casefold():
            return choice
    *others, last = param.choices
    listed = f"{', '.join(others)} or {last}" if others else last
    raise BadArgument(param.name, f"{param.name} is {listed}, not “{text}”.")


def _unknown(command: Command, name: str) -> BadArgument:
    return BadArgument(name, f"{command.name} takes no {name}.")
