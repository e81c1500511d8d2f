"""The paper that a person means: an arXiv id, or an address that holds one."""

import re

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chat.command import BadArgument, Param, Refused
from bot.models import Paper, PaperId
from bot.store import listings, papers

# New ids since April 2007, old ones with their archive (arXiv, "Understanding the arXiv identifier").
_PAPER = re.compile(
    r"""
      (?: (?:https?://)? [\w.-]+(?::\d+)? / (?:abs|pdf|html|papers) /   # arxiv.org, huggingface.co, mirrors
        | (?: (?:https?://)? (?:dx\.)? doi\.org/ )? 10\.48550/arxiv\.
        | arxiv: \s* )?
      (?: (?P<new> \d{4}\.\d{4,5} ) | (?P<archive> [a-z-]+ ) (?P<subject> \.[a-z]{2} )? / (?P<old> \d{7} ) )
      (?: v\d+ )? (?: \.pdf )? /? (?: [?\#] \S* )?
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


def parse_paper(text: str) -> PaperId:
    """The id that `text` is or holds, without its version. Raises BadArgument."""
    found = _PAPER.fullmatch(text.strip().strip("<>"))
    if not found:
        raise BadArgument(
            "paper", "This is no paper: give an arXiv id such as 2501.01234, or its address.", text=text
        )
    return PaperId(
        found["new"] or f"{found['archive'].lower()}{(found['subject'] or '').upper()}/{found['old']}"
    )


PAPER = Param(
    name="paper",
    help="an arXiv id such as 2501.01234, or the address of a paper",
    parse=parse_paper,
    required=True,
    rest=True,
    ask=True,
)


async def stored_paper(connection: AsyncConnection, paper: PaperId) -> Paper:
    """The paper with that id. Raises Refused where the store lacks it."""
    found = (await papers.get(connection, [paper])).get(paper)
    if found is None:
        raise Refused(f"I have no paper {paper}.", fix=await _what_is_held(connection))
    return found


async def _what_is_held(connection: AsyncConnection) -> str:
    held = await listings.span(connection)
    if held is None:
        return "I have no papers yet; the first poll brings them."
    return f"I have what Daily Papers listed from {held[0]} to {held[1]}."
