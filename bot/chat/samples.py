"""Messages of every kind around any text, and texts that have broken renderers: for tests of adapters."""

from collections.abc import Mapping

from bot.chat.message import (
    Action,
    Card,
    Form,
    Item,
    Link,
    Menu,
    Message,
    Para,
    Person,
    Ping,
    Place,
    Pre,
    Reply,
    Span,
    Text,
    When,
)

HOSTILE: Mapping[str, str] = {
    "nothing": "",
    "space": " \t \n ",
    "plain": "World Models at Scale",
    "mentions": "@everyone @here <!channel> <!here> <@U123> <@&1> <#C1> @channel",
    "markdown": "**b** __u__ _i_ ~~s~~ ||x|| `c` ```block``` [see](https://evil.example/) > q\n# h\n- l\n1.",
    "markup": "<b>&amp; &lt;script&gt;</b> <https://evil.example|click> [bold red]x[/] {0} %s \\ \\_",
    "direction": "\u202egnp.exe\u202c \u2067abc\u2069 \u200f\u061c \u05e9\u05dc\u05d5\u05dd",
    "controls": "a\x00b\x07c\x1b[2J\x1b]0;title\x07d\x85e\u2028f\r\ng",
    "halves": "\ud83d half \ude00",
    "emoji": "👩\u200d🔬 🇩🇪 👍🏽 ❤\ufe0f e\u0301",
    "accents": "z\u0300" * 40 + "a" + "\u0301" * 2_000,
    "TeX": r"$\alpha_{i}^{*}$ \textbf{x} L\'evy {\"o} C++ C# GPT-4o",
    "long": "word " * 2_000,
    "long word": "x" * 10_000,
    "entities": "R<D> & " * 1_500,
    "stars": "*_`~|<[" * 1_500,
    "lines": "line\n" * 2_000,
}


def messages(text: str) -> dict[str, Message]:
    """A message of every kind, with `text` wherever text can stand."""
    action = Action(label=text, command="search", arguments={"query": text}, value="search query:x")
    controls = (
        action,
        Link(label=text, url="https://example.org/a b"),
        Link(label="x", url=text),
        Menu(placeholder=text, options=(action, action)),
    )
    rich: Text = (text, Span(text=text, bold=True), Span(text=text, code=True), Span(text=text, url=text))
    whole: Text = (
        *rich,
        Span(text=text, bold=True, url="https://example.org"),
        When(at=0),
        Person(id="1", name=text),
        Place(id="C1", name=text),
    )
    card = Card(
        title=text,
        url="https://example.org/p/1",
        byline=text,
        summary=whole,
        stats=(text,),
        matched=(text, text),
        thumbnail=text,
        controls=controls,
    )
    pings = (Ping(kind="user", id="1"),)
    return {
        "headline": Message(headline=text),
        "card": Message(headline=text, body=(card,), topics=(text,), pings=pings),
        "cards": Message(headline=text, body=(card,) * 12, controls=controls, page=(1, 3)),
        "list": Message(headline=text, body=(Item(text=whole, actions=(action,)),) * 60, controls=controls),
        "text": Message(headline=text, body=(Para(text=whole), Pre(text=text), card, Para(text=())) * 3),
        "reply": Reply(
            headline=text,
            body=(Pre(text=text),),
            form=Form(command="search", values={"query": text}, errors={"query": text}),
            error=True,
        ),
    }
