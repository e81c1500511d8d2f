"""views.* and blocks.validate: modals and home tabs."""

from typing import Any

from tests.fakes.slack import limits as at_most
from tests.fakes.slack.api import Args, Caller, method
from tests.fakes.slack.blocks import problems, view_problems, view_too_large
from tests.fakes.slack.platform import Platform
from tests.fakes.slack.reading import with_ids
from tests.fakes.slack.state import ApiError, Trigger, View, Workspace


@method("views.open")
def opened(slack: Platform, caller: Caller, args: Args) -> dict[str, Any]:
    """A modal for whoever caused the trigger, over whatever was open."""
    trigger, payload = (
        _trigger(slack, caller.home, args),
        payload_of(slack, args.json("view", "invalid_view")),
    )
    trigger.used = True
    view = made(slack, caller.home, trigger.user, payload)
    slack.modals[trigger.user] = [view]
    return {"view": view.as_json()}


@method("views.push")
def pushed(slack: Platform, caller: Caller, args: Args) -> dict[str, Any]:
    """A modal on top of the one that the trigger came from."""
    trigger, payload = (
        _trigger(slack, caller.home, args),
        payload_of(slack, args.json("view", "invalid_view")),
    )
    if trigger.view is None or not slack.modals[trigger.user]:
        raise ApiError("not_found")
    view = push(slack, caller.home, trigger.user, payload)
    trigger.used = True
    return {"view": view.as_json()}


@method("views.update")
def updated(slack: Platform, caller: Caller, args: Args) -> dict[str, Any]:
    """Other contents for a modal that is open, or for a home."""
    payload = payload_of(slack, args.json("view", "invalid_view"))
    view = _open(slack, caller.home, args)
    if args.text("hash") and args.text("hash") != view.hash:
        raise ApiError("hash_conflict")
    if payload["type"] != view.payload["type"]:
        raise ApiError("invalid_arguments", "[ERROR] the type of a view cannot change")
    replace(slack, view, payload)
    return {"view": view.as_json()}


@method("views.publish")
def published(slack: Platform, caller: Caller, args: Args) -> dict[str, Any]:
    """The home tab of one person."""
    user, payload = args.need("user_id"), payload_of(slack, args.json("view", "invalid_view"), "home")
    if user not in slack.users:
        raise ApiError("user_not_found")
    place = (caller.home.id, user)
    if place not in slack.homes:
        slack.homes[place] = made(slack, caller.home, user, payload)
    elif args.text("hash") and args.text("hash") != slack.homes[place].hash:
        raise ApiError("hash_conflict")
    else:
        replace(slack, slack.homes[place], payload)
    return {"view": slack.homes[place].as_json()}


@method("blocks.validate")
def validated(_slack: Platform, _caller: Caller, args: Args) -> dict[str, Any]:
    """Whether blocks, a message or a view would be taken; exactly one of them."""
    given = [name for name in ("blocks", "message", "view") if name in args]
    if len(given) != 1:
        raise ApiError("invalid_arguments", "[ERROR] provide exactly one of blocks, message and view")
    value, error = args.json(given[0], "invalid_arguments"), f"invalid_{given[0]}"
    blocks = value.get("blocks", []) if given == ["message"] and isinstance(value, dict) else value
    found = view_problems(value) if given == ["view"] else problems(blocks, at="")
    if found:
        raise ApiError(error, errors=[_explained(complaint) for complaint in found])
    return {}


def _explained(complaint: str) -> dict[str, str]:
    what, _, pointer = complaint.removeprefix("[ERROR] ").rpartition(" [json-pointer:")
    return {"pointer": pointer.rstrip("]"), "code": "failed_constraint", "message": what}


def payload_of(slack: Platform, view: Any, kind: str = "modal") -> dict[str, Any]:
    """`view` with ids on all of its blocks. Raises ApiError where Slack would not take it."""
    if found := view_problems(view):
        raise ApiError("invalid_arguments", *found)
    if view_too_large(view):
        raise ApiError("view_too_large")
    if kind == "home" and view["type"] != "home":
        raise ApiError("invalid_arguments", "[ERROR] must be a home view [json-pointer:/view/type]")
    return {**view, "blocks": with_ids(view["blocks"], slack.block_id)}


def made(slack: Platform, workspace: Workspace, user: str, payload: dict[str, Any]) -> View:
    """A new view of `user`."""
    name = f"V{slack.number()}"
    view = View(
        id=name,
        team=workspace.id,
        user=user,
        payload=payload,
        hash="",
        root=name,
        app_id=slack.app_id,
        bot_id=workspace.bot_id,
    )
    view.show(payload, f"{slack.number()}.hash")
    return view


def push(slack: Platform, workspace: Workspace, user: str, payload: dict[str, Any]) -> View:
    """A new view on top of those that `user` has open; Slack allows three."""
    stack = slack.modals[user]
    if len(stack) >= at_most.VIEWS_IN_A_STACK:
        raise ApiError("push_limit_reached")
    view = made(slack, workspace, user, payload)
    view.root, view.previous = stack[0].id, stack[-1].id
    stack.append(view)
    return view


def replace(slack: Platform, view: View, payload: dict[str, Any]) -> None:
    """Show `payload` in `view`."""
    view.show(payload, f"{slack.number()}.hash")
    view.updates += 1
    view.errors = {}


def _open(slack: Platform, workspace: Workspace, args: Args) -> View:
    if "view_id" not in args and "external_id" not in args:
        raise ApiError("invalid_arguments", "[ERROR] missing required field: view_id or external_id")
    name, other = args.text("view_id"), args.text("external_id")
    for view in [*slack.homes.values(), *(view for stack in slack.modals.values() for view in stack)]:
        named = view.id == name or (other and view.payload.get("external_id") == other)
        if named and view.team == workspace.id:
            return view
    raise ApiError("not_found")


def _trigger(slack: Platform, workspace: Workspace, args: Args) -> Trigger:
    trigger = slack.triggers.get(args.text("trigger_id"))
    if trigger is None or trigger.team != workspace.id:
        raise ApiError("invalid_trigger_id")
    if trigger.used:
        raise ApiError("exchanged_trigger_id")
    if slack.clock.now() - trigger.at > at_most.TRIGGER_MS:
        raise ApiError("expired_trigger_id")
    return trigger
