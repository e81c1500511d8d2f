"""The terminal's numbers. It sets no limits of its own; these keep it readable."""

from bot.chat.adapter import Limits

LIMITS = Limits(value=1_000_000)  # an action's value stays in this process
WIDEST = 100  # columns: longer lines are hard to read, however wide the window
TITLE_LINES = 2
LINE = 500  # characters of a title, a label, a byline: longer than any real one, and no screenful
SENTENCE = 1_000  # characters of a list's line, a card's sentence or numbers
PARAGRAPH = 10_000
ADDRESS = 2_083  # characters of a link: VTE and iTerm2 ignore longer ones (OSC 8 proposal, read 2025-11)
NUMBERS = 10_000  # actions that can still be pressed; the oldest are forgotten first
LONGEST_LINE = 65_536  # bytes read from standard input as one line
