"""A Slack on loopback that the real slack_sdk and slack_bolt talk to.

async with SlackServer(clock) as slack:
    workspace = slack.install()
    ...  # start the app with SLACK_API_URL = slack.url and workspace.token
    answer = await slack.command("U1", "C1", "list")
    assert "diffusion" in (await answer.reply()).shown
"""

from tests.fakes.slack.answers import Answer
from tests.fakes.slack.blocks import problems, view_problems
from tests.fakes.slack.delivery import Unacknowledged
from tests.fakes.slack.people import Submitted
from tests.fakes.slack.platform import HOME_TEAM, Rules
from tests.fakes.slack.reading import links_of, text_of
from tests.fakes.slack.server import SlackServer
from tests.fakes.slack.sockets import Sent
from tests.fakes.slack.state import SCOPES, Conversation, Group, Message, User, View, Workspace

__all__ = [
    "HOME_TEAM",
    "SCOPES",
    "Answer",
    "Conversation",
    "Group",
    "Message",
    "Rules",
    "Sent",
    "SlackServer",
    "Submitted",
    "Unacknowledged",
    "User",
    "View",
    "Workspace",
    "links_of",
    "problems",
    "text_of",
    "view_problems",
]
