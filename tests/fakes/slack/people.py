"""What people type and press: slash commands, buttons, menus, modals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.slack.answers import Answer
from tests.fakes.slack.api import Args
from tests.fakes.slack.events import Events
from tests.fakes.slack.methods_views import payload_of, push, replace
from tests.fakes.slack.reading import Control, controls, find
from tests.fakes.slack.sockets import Sent
from tests.fakes.slack.state import (
    ApiError,
    Conversation,
    Link,
    Message,
    Trigger,
    Unfurl,
    View,
    Workspace,
)

NAMES = {"im": "directmessage", "private": "privategroup", "mpim": "mpdm-ann--ben-1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What the app did about a modal that was submitted."""

    action: str  # "" closes it; errors, update, push, clear
    sent: Sent
    top: View | None  # the modal that is on top now
    errors: Mapping[str, str] = field(default_factory=dict)  # label → what is wrong


class People(Events):
    """People use what the app offers; each call waits for the acknowledgement, three seconds at most."""

    async def command(
        self, user: str, channel: str, text: str, *, command: str = "/papers", team: str | None = None
    ) -> Answer:
        """`user` types `/papers text` in `channel`, which the bot need not be in."""
        workspace = self.workspaces[team or self.users[user].team]
        link = self.response_url(workspace.id, user, channel)
        enterprise = {"enterprise_id": workspace.enterprise} if workspace.enterprise else {}
        payload = {
            "token": "verification",
            "team_id": workspace.id,
            "team_domain": workspace.domain,
            "channel_id": channel,
            "channel_name": _name(self.channels[channel]),
            "user_id": user,
            "user_name": self.users[user].name,
            "command": command,
            "text": text,
            "api_app_id": self.app_id,
            "is_enterprise_install": "false",
            "response_url": self.origin + link.path,
            "trigger_id": self._trigger(workspace, user).id,
            **enterprise,
        }
        before = self.views.get(user)
        sent = await self.deliver("slash_commands", payload, answers=True)
        self._show_ack(link, sent.ack)
        return Answer(slack=self, user=user, sent=sent, link=link, before=before)

    def _show_ack(self, link: Link, ack: Any) -> None:
        """A slash command's acknowledgement may carry a message. Raises AssertionError for a bad one."""
        said = {"text": ack} if isinstance(ack, str) else ack
        if said and any(said.values()):
            try:
                self.respond(link, Args(said))
            except ApiError as error:
                raise AssertionError(f"Slack shows no such answer: {error.code} {error.more}") from None

    async def press(self, user: str, where: Message | View | Unfurl, button: str, nth: int = 0) -> Answer:
        """`user` presses the `nth` button called `button`: its label, action_id or block_id."""
        found = find(where.blocks, button, nth, lambda control: control.element["type"] == "button")
        element = found.element
        value = {"value": element["value"]} if "value" in element else {}
        return await self._act(user, where, found, {"text": element["text"], **value})

    async def choose(
        self, user: str, where: Message | View, option: str | list[str], menu: str | None = None, nth: int = 0
    ) -> Answer | None:
        """`user` chooses `option` (by label) in the menu called `menu`, else in the one that offers it.

        None where Slack tells the app of it only when the view is submitted.
        """
        wanted = [option] if isinstance(option, str) else option
        offering = [c for c in controls(where.blocks) if set(wanted) <= set(c.options)]
        assert menu or len(offering) > nth, f"no menu offers {option!r}"
        found = find(where.blocks, menu, nth, _is_menu) if menu else offering[nth]
        state = found.set(option)
        self._hold(where, found, state)
        if not found.dispatches:
            return None
        return await self._act(user, where, found, {k: v for k, v in state.items() if k != "type"})

    async def type_into(self, view: View, name: str, text: str, *, enter: bool = False) -> Answer | None:
        """The view's user types `text` (all of it, as one change) into the field `name`.

        None where Slack does not tell the app of it at once.
        """
        found = find(view.blocks, name)
        state = found.set(text)
        self._hold(view, found, state)
        on = found.element.get("dispatch_action_config", {}).get("trigger_actions_on", ["on_enter_pressed"])
        if not found.dispatches or ("on_enter_pressed" if enter else "on_character_entered") not in on:
            return None
        return await self._act(view.user, view, found, {"value": state["value"]})

    def fill(self, view: View, values: Mapping[str, Any]) -> None:
        """The view's user fills fields (by label, action_id or block_id); the app is not told."""
        for name, value in values.items():
            found = find(view.blocks, name)
            self._hold(view, found, found.set(value))

    async def submit(self, view: View, values: Mapping[str, Any] | None = None) -> Submitted:
        """The view's user fills `values` in and presses the submit button of the modal on top.

        Raises AssertionError where Slack would not let them, and for an answer that it would not take.
        """
        assert view is self.views.get(view.user), f"{view.title!r} is not the modal on top"
        self.fill(view, values or {})
        assert not (missing := _missing(view)), f"Slack asks for {missing} first"
        workspace = self.workspaces[view.team]
        payload = {
            **self._interaction("view_submission", workspace, view.user),
            "trigger_id": self._trigger(workspace, view.user).id,
            "view": view.as_json(),
            "response_urls": [],
        }
        sent = await self.deliver("interactive", payload, answers=True)
        return self._submitted(view, workspace, sent)

    def _submitted(self, view: View, workspace: Workspace, sent: Sent) -> Submitted:
        ack = sent.ack if isinstance(sent.ack, dict) else {}
        action, stack, errors = str(ack.get("response_action", "")), self.modals[view.user], {}
        view.errors = {}
        try:
            match action:
                case "errors":
                    errors = view.errors = _errors(view, ack["errors"])
                case "update":
                    replace(self, view, payload_of(self, ack["view"]))
                case "push":
                    push(self, workspace, view.user, payload_of(self, ack["view"]))
                case "clear":
                    stack.clear()
                case "":
                    stack[:] = [open_ for open_ in stack if open_ is not view]
                case _:
                    raise AssertionError(f"Slack knows no response_action {action!r}")
        except ApiError as error:
            raise AssertionError(f"Slack takes no such answer: {error.code} {error.more}") from None
        return Submitted(action=action, sent=sent, top=self.views.get(view.user), errors=errors)

    async def close(self, view: View, *, clear: bool = False) -> None:
        """The view's user closes the modal on top (or all, `clear`); the app hears of it if it asked to."""
        stack = self.modals[view.user]
        closed = list(stack) if clear else [view]
        stack[:] = [] if clear else [open_ for open_ in stack if open_ is not view]
        for gone in reversed(closed):
            if gone.payload.get("notify_on_close"):
                payload = self._interaction("view_closed", self.workspaces[gone.team], gone.user)
                await self.deliver(
                    "interactive", {**payload, "view": gone.as_json(), "is_cleared": clear}, answers=True
                )

    # Payloads

    async def _act(
        self, user: str, where: Message | View | Unfurl, control: Control, what: dict[str, Any]
    ) -> Answer:
        workspace = self.workspaces[where.team]
        link = self._way_back(user, where)
        block, action = control.key
        acted = {"type": control.element["type"], "block_id": block, "action_id": action, **what}
        view = where.id if isinstance(where, View) else None
        payload = {
            **self._interaction("block_actions", workspace, user),
            "trigger_id": self._trigger(workspace, user, view).id,
            **self._where(where),
            **({"response_url": self.origin + link.path} if link else {}),
            "actions": [{**acted, "action_ts": self.ts()}],
        }
        before = self.views.get(user)
        sent = await self.deliver("interactive", payload, answers=True)
        return Answer(slack=self, user=user, sent=sent, link=link, before=before)

    def _interaction(self, kind: str, workspace: Workspace, user: str) -> dict[str, Any]:
        person = self.users[user]
        enterprise = {"id": workspace.enterprise, "name": "Org"} if workspace.enterprise else None
        return {
            "type": kind,
            "token": "verification",
            "api_app_id": self.app_id,
            "team": workspace.team,
            "user": {"id": user, "username": person.name, "name": person.name, "team_id": person.team},
            "enterprise": enterprise,
            "is_enterprise_install": workspace.org_wide,
        }

    def _way_back(self, user: str, where: Message | View | Unfurl) -> Link | None:
        """The response_url of a press; there is none in views."""
        if isinstance(where, View):
            return None
        about = where if isinstance(where, Message) else None
        return self.response_url(where.team, user, where.channel, about)

    def _where(self, where: Message | View | Unfurl) -> dict[str, Any]:
        """Where a press happened, as its payload tells."""
        match where:
            case View():
                return where_view(where)
            case Message():
                return self._message(where)
        attached = {"type": "message_attachment", "attachment_id": 1, "message_ts": where.ts}
        return {
            "container": {
                **attached,
                "channel_id": where.channel,
                "is_ephemeral": False,
                "is_app_unfurl": True,
            },
            "app_unfurl": {"app_unfurl_url": where.url, "is_app_unfurl": True, "blocks": where.blocks},
            "channel": {"id": where.channel, "name": _name(self.channels[where.channel])},
        }

    def _message(self, message: Message) -> dict[str, Any]:
        """Where a press on `message` happened; Slack leaves out what one person alone sees."""
        private = message.only_for is not None
        thread = {"thread_ts": message.thread_ts} if message.thread_ts else {}
        container = {"type": "message", "message_ts": message.ts, "channel_id": message.channel, **thread}
        return {
            "container": {**container, "is_ephemeral": private},
            "channel": {"id": message.channel, "name": _name(self.channels[message.channel])},
            "state": {"values": {}},
            **({} if private else {"message": message.as_json()}),
        }

    def _trigger(self, workspace: Workspace, user: str, view: str | None = None) -> Trigger:
        name = f"{self.number()}.{self.number()}.{self.number():032x}"
        made = Trigger(id=name, team=workspace.id, user=user, at=self.clock.now(), view=view)
        self.triggers[name] = made
        return made

    def _hold(self, where: Message | View, control: Control, state: dict[str, Any]) -> None:
        if isinstance(where, View):
            where.values[control.key] = state


def where_view(view: View) -> dict[str, Any]:
    """Where a press in `view` happened."""
    return {"container": {"type": "view", "view_id": view.id}, "view": view.as_json()}


def _name(channel: Conversation) -> str:
    return NAMES.get(channel.kind, channel.name)


def _is_menu(control: Control) -> bool:
    return bool(control.element["type"] != "button")


def _missing(view: View) -> list[str]:
    """The fields that must be filled and are not."""
    filled = view.fields
    return [
        control.label
        for control in controls(view.blocks)
        if control.block["type"] == "input"
        and not control.block.get("optional")
        and filled.get(control.label) in (None, "", [])
    ]


def _errors(view: View, errors: Mapping[str, str]) -> dict[str, str]:
    """Label → error. Raises AssertionError for an error at something that is no input."""
    labels = {c.key[0]: c.label for c in controls(view.blocks) if c.block["type"] == "input"}
    assert errors, "Slack takes no empty errors"
    assert not (unknown := set(errors) - set(labels)), f"{view.title!r} has no inputs {unknown}"
    return {labels[block]: text for block, text in errors.items()}
