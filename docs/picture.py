"""Draw what a terminal showed.

FORCE_COLOR=1 COLUMNS=96 make demo </dev/null | .venv/bin/python docs/picture.py > docs/demo.svg
"""

import io
import re
import sys

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

WIDTH, LINES = 96, 59
FONT_FACES = re.compile(
    r"@font-face \{\{.*?\}\}\n", re.DOTALL
)  # loaded from elsewhere; any monospace will do


def main() -> None:
    """Standard input with ANSI colours becomes an SVG on standard output."""
    lines = sys.stdin.read().splitlines()[:LINES]
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi("\n".join(lines)), soft_wrap=False)
    sys.stdout.write(
        console.export_svg(title="make demo", code_format=FONT_FACES.sub("", CONSOLE_SVG_FORMAT))
    )


if __name__ == "__main__":
    main()
