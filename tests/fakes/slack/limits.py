"""Slack's numbers, in characters where nothing else is said; docs.slack.dev, read on 2026-11-25."""

# Block Kit reference: blocks
BLOCKS_IN_A_MESSAGE = 50
BLOCKS_IN_A_VIEW = 100
BLOCK_ID = 255
SECTION_TEXT = 3_000
SECTION_FIELDS = 10
FIELD_TEXT = 2_000
HEADER_TEXT = 150
CONTEXT_ELEMENTS = 10
ACTIONS_ELEMENTS = 25
LABEL = 2_000
HINT = 2_000
ALT_TEXT = 2_000
IMAGE_TITLE = 2_000
IMAGE_URL = 3_000
MARKDOWN_TEXT = 12_000
ALL_BLOCKS_TEXT = 13_000  # of a message; not documented, seen as msg_blocks_too_long

# Block Kit reference: elements and composition objects
ACTION_ID = 255
BUTTON_TEXT = 75
BUTTON_VALUE = 2_000
BUTTON_URL = 3_000
BUTTON_LABEL = 75  # accessibility_label
PLACEHOLDER = 150
OPTIONS = 100
OPTION_TEXT = 75
OPTION_VALUE = 150
OPTION_GROUPS = 100
OVERFLOW_OPTIONS = 5
CHECKBOXES = 10
INPUT_LENGTH = 3_000  # the most that max_length may be
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30

# Views
VIEW_TITLE = 24
VIEW_BUTTON = 24  # submit and close
PRIVATE_METADATA = 3_000
CALLBACK_ID = 255
EXTERNAL_ID = 255
VIEW_BYTES = 250_000
VIEWS_IN_A_STACK = 3
TRIGGER_MS = 3_000

# Messages
TEXT = 40_000  # chat.postMessage
UPDATED_TEXT = 4_000  # chat.update, msg_too_long
METADATA_BYTES = 8_000
HISTORY_PAGE = 100  # what conversations.* give where no limit is asked

# Answers
RESPONSE_URL_USES = 5
RESPONSE_URL_MS = 30 * 60 * 1_000
ACKNOWLEDGE_S = 3.0

# OAuth
TOKEN_S = 43_200  # how long a rotated token lives
CODE_MS = 10 * 60 * 1_000
SOCKETS = 10
