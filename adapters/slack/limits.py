"""What Slack takes, how fast, and how long it waits.

Source: docs.slack.dev, the pages named beside the numbers, all read on 2026-11-25.
"""

from dataclasses import dataclass
from datetime import timedelta

# Rates and times
POSTS_CHANNEL = 1.0  # a second; chat.postMessage and "Rate limits": 1 a second to a channel
# There too: "several hundred messages per minute" to a workspace, with room for bursts. We take it for 300.
POSTS_WORKSPACE = 5.0  # a second

RENEW_BEFORE = timedelta(minutes=30)  # our own: tokens that live for 12 hours are renewed so early
STATE_KEPT = timedelta(minutes=10)  # for whoever installs the app; bolt's cookie lasts as long


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long we wait; tests wait less.

    Slack wants to be answered within 3 s, and a trigger_id opens one view within the same ("Handling
    user interaction", "The Events API"). A session of Socket Mode ends about every hour, and Slack says
    so beforehand ("Using Socket Mode").
    """

    reply: timedelta = timedelta(seconds=1.5)  # for a reply, before Slack is told that it was heard
    preview: timedelta = timedelta(seconds=0.5)  # between two previews: views.update takes 100 a minute or so
    again: timedelta = timedelta(seconds=10)  # with an answer, where Slack wants us to wait
    view: timedelta = timedelta(seconds=0.5)  # for a form's values, before it opens without them
    post: timedelta = timedelta(seconds=10)  # for Slack's answer to a call
    hello: timedelta = timedelta(seconds=15)  # for a session to begin
    ping: timedelta = timedelta(seconds=10)  # between two signs of life that we ask for; four may fail
    watch: timedelta = timedelta(seconds=1)  # between two looks whether the session stands
    retire: timedelta = timedelta(seconds=10)  # for what came over a session that another one follows


# "The Events API": an event that was not acknowledged comes again almost at once, after 1 minute and
# after 5 minutes. Ids are kept far longer: a row is small, and what is late counts as done, not as new.
EVENT_MEMORY = timedelta(days=2)

# conversations.history: 100 by default and 999 at most, but 15 for apps that are sold outside of the
# Marketplace. A card that is looked for is seconds old.
FIND_MESSAGES = 200
FIND_PAGES = 20  # of a thread, which is read from its beginning

# What Slack told of people and channels is asked again after …
NAMES_KEPT = timedelta(hours=1)
MEMBERS_KEPT = timedelta(minutes=1)
REMEMBERED = 5_000  # … of so many of each kind
CHANNELS_A_PAGE = 200  # users.conversations: Slack recommends no more

# Previews of links; both are our own, to be no nuisance
UNFURL_LINKS = 2  # a message with more of them gets no preview
UNFURL_AGAIN = timedelta(minutes=30)  # nor does the same link in the same channel within that

# Block Kit: docs.slack.dev, reference of blocks, elements, composition objects and views; read 2026-11-25.
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100  # a modal or a home tab
TEXT = 3_000  # a text object; also kept in each part of rich text
ALL_TEXT = 12_000  # over all blocks of a message; undocumented, posts fail at about 13,000
LABEL = 75  # of a button or an option
VALUE = 2_000  # that a button carries
OPTION_VALUE = 150
OPTIONS = 100  # of a select menu
OVERFLOW = 5  # options behind "…"
PLACEHOLDER = 150
ALT_TEXT = 2_000
URL = 3_000
IN_A_ROW = 5  # controls; the most that stand side by side on a wide window, though a block takes 25
TITLE = 24  # of a modal, and of its buttons
HINT = 2_000  # under a field, and of its label
INPUT = 3_000  # that a field takes
METADATA = 3_000  # that a view carries unseen
