"""Every action of a message, wherever it stands. Pure."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from bot.chat.message import Action, Block, Card, Control, Item, Menu, Message

M = TypeVar("M", bound=Message)
Change = Callable[[Action], Action]


def with_actions(message: M, change: Change) -> M:
    """`message` with each of its actions changed by `change`, in the order in which they are shown."""
    body = tuple(_block(block, change) for block in message.body)
    return replace(message, body=body, controls=_controls(message.controls, change))


def _block(block: Block, change: Change) -> Block:
    match block:
        case Item(actions=actions):
            return replace(block, actions=tuple(map(change, actions)))
        case Card(controls=controls):
            return replace(block, controls=_controls(controls, change))
    return block


def _controls(controls: tuple[Control, ...], change: Change) -> tuple[Control, ...]:
    return tuple(_control(control, change) for control in controls)


def _control(control: Control, change: Change) -> Control:
    match control:
        case Action():
            return change(control)
        case Menu(options=options):
            return replace(control, options=tuple(map(change, options)))
    return control
