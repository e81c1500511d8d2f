import gzip
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.clock import epoch_ms
from bot.feeds.items import BadItem, FileUnreadable, load, read_file, read_item, read_items
from bot.models import Listed, Paper
from tests.conftest import SHARED
from tests.fakes.feed import item

DAY = date(2025, 11, 26)
SUBMITTED = epoch_ms(datetime(2025, 11, 26, 3, 10, tzinfo=UTC))


def paper(**fields: object) -> Paper:
    """What becomes of a sample item with `fields` set."""
    return read_item(item(**fields), DAY).paper  # type: ignore[arg-type]


def named(listed: Iterable[Listed]) -> list[str]:
    return [one.paper.id for one in listed]


def test_an_item_becomes_a_paper_with_all_it_has() -> None:
    everything = item(
        "2511.99502",
        "Two Lines\n  of Title",
        summary="We show\nall.",
        githubRepo="https://github.example/a/b",
        githubStars=12,
        projectPage="http://page.example",
        ai_summary="All is\nshown.",
        ai_keywords=["agents", "world models", "agents"],
        organization={"name": "tidewater", "fullname": "Tidewater Lab"},
        _thumbnail="https://pictures.example/1.png",
        _numComments=4,
    )
    assert read_item(everything, DAY) == Listed(
        day=DAY,
        paper=Paper(
            id="2511.99502",  # type: ignore[arg-type]
            title="Two Lines of Title",
            abstract="We show all.",
            authors=("Ana Ruiz", "Bo Lin"),
            organization="Tidewater Lab",
            published_on=date(2025, 11, 25),
            submitted_at=SUBMITTED,
            upvotes=3,
            comments=4,
            stars=12,
            keywords=("agents", "world models"),
            ai_summary="All is shown.",
            code_url="https://github.example/a/b",
            project_url="http://page.example",
            thumbnail="https://pictures.example/1.png",
        ),
    )


def test_an_item_with_an_id_and_a_title_alone_is_a_paper() -> None:
    bare = {"paper": {"id": "2511.99502", "title": "Bare"}}
    assert read_item(bare, DAY).paper == Paper(id="2511.99502", title="Bare")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given_id", "known_as"),
    [
        ("2511.99502", "2511.99502"),
        ("2511.99502v2", "2511.99502"),
        (" 1207.1234v11 ", "1207.1234"),
        ("hep-th/9408099", "hep-th/9408099"),
        ("math.GT/0309136v1", "math.GT/0309136"),
        ("cs/0701188", "cs/0701188"),
    ],
)
def test_an_arxiv_id_is_known_without_its_version(given_id: str, known_as: str) -> None:
    assert paper(id=given_id).id == known_as


@pytest.mark.parametrize(
    "given_id",
    [
        None,
        "",
        2511.99502,
        ["2511.99502"],
        "2511.995",
        "٢٥١١.٩٩٥٠٢",
        "2511.99502\n2511.99503",
        "../x",
        "\ud800",
    ],
)
def test_an_item_without_an_arxiv_id_is_skipped_with_one_log_line(given_id: object) -> None:
    with capture_logs() as lines:
        assert named(read_items([item(id=given_id), item("2511.99503")], DAY)) == ["2511.99503"]
    assert [(line["event"], line["reason"]) for line in lines] == [("feed.item_skipped", "no arXiv id")]
    json.dumps(lines).encode()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (None, "not an object"),
        ("2511.99502", "not an object"),
        ([], "not an object"),
        ({}, "no paper in it"),
        ({"paper": None}, "no paper in it"),
        ({"paper": ["2511.99502"]}, "no paper in it"),
        ({"error": "Internal Error"}, "no paper in it"),
        ({"paper": {"id": "2511.99502"}}, "no title"),
        ({"paper": {"id": "2511.99502", "title": None}, "title": 5}, "no title"),
        ({"paper": {"id": "2511.99502", "title": " \x1c\n"}}, "no title"),
    ],
)
def test_what_is_no_paper_is_skipped_with_the_reason(bad: object, reason: str) -> None:
    with capture_logs() as lines:
        assert named(read_items([bad, item("2511.99503")], DAY)) == ["2511.99503"]
    assert [line["reason"] for line in lines] == [reason]


def test_a_skipped_item_is_named_by_its_id() -> None:
    with capture_logs() as lines:
        list(read_items([item("2511.99502", "")], DAY))
    assert lines == [
        {
            "event": "feed.item_skipped",
            "log_level": "warning",
            "feed": "daily_papers",
            "paper": "'2511.99502'",
            "reason": "no title",
        }
    ]


def test_a_paper_listed_twice_in_one_answer_comes_once() -> None:
    twice = [item("2511.99502"), item("2511.99503"), item("2511.99502v2")]
    assert named(read_items(twice, DAY)) == ["2511.99502", "2511.99503"]


def test_a_title_missing_inside_is_taken_from_the_outside() -> None:
    outside = item("2511.99502", "Outside") | {"summary": "From outside."}
    outside["paper"] |= {"title": None, "summary": None}
    read = read_item(outside, DAY).paper
    assert (read.title, read.abstract) == ("Outside", "From outside.")


@pytest.mark.parametrize(
    ("value", "count"),
    [
        *[(7, 7), (7.0, 7), (0, 0), (2**31 - 1, 2**31 - 1)],
        *[(-3, 0), ("7", 0), (None, 0), (True, 0), ([7], 0), (7.5, 0)],
        *[(float("nan"), 0), (float("inf"), 0), (10**30, 0), (2**31, 0)],
    ],
)
def test_a_number_that_is_none_counts_as_zero(value: object, count: int) -> None:
    read = paper(upvotes=value, githubStars=value, _numComments=value)
    assert (read.upvotes, read.stars, read.comments) == (count, count, count)


@pytest.mark.parametrize(
    ("value", "authors"),
    [
        ([{"name": "Ana Ruiz", "hidden": True}, {"name": "Bo Lin"}], ("Ana Ruiz", "Bo Lin")),
        ([{"name": None}, {}, "Cy Roe", {"name": " "}, {"name": "Di Wu", "hidden": None}], ("Di Wu",)),
        (None, ()),
        ("Ana Ruiz", ()),
        ({"name": "Ana Ruiz"}, ()),
    ],
)
def test_authors_are_all_who_have_a_name_also_those_who_hide_the_paper_on_their_profile(
    value: object, authors: tuple[str, ...]
) -> None:
    assert paper(authors=value).authors == authors


@pytest.mark.parametrize(
    ("value", "organization"),
    [
        ({"name": "lab", "fullname": "The Lab"}, "The Lab"),
        ({"name": "lab", "fullname": None}, "lab"),
        ({}, None),
        ("The Lab", None),
        (None, None),
    ],
)
def test_an_organization_is_called_by_its_full_name(value: object, organization: str | None) -> None:
    assert paper(organization=value).organization == organization
    assert paper(_organization=value).organization == organization


@pytest.mark.parametrize("value", [None, "agents", {"a": 1}, [None, 3, " "]])
def test_keywords_of_another_shape_are_left_out(value: object) -> None:
    assert paper(ai_keywords=value).keywords == ()


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("https://cdn.example/a b (1).png", "https://cdn.example/a%20b%20(1).png"),
        ("https://cdn.example/a%20b.png", "https://cdn.example/a%20b.png"),
        ("HTTP://CDN.Example/ü?q=a b", "http://cdn.example/%C3%BC?q=a+b"),
        ("https://пример.рф/x", "https://xn--e1afmkfd.xn--p1ai/x"),
        (" https://cdn.example/x ", "https://cdn.example/x"),
        ("https://[2001:db8::1]:8080/x", "https://[2001:db8::1]:8080/x"),
        ("https://cdn.example/" + "x" * 1_980, "https://cdn.example/" + "x" * 1_980),
        ("https://cdn.example/" + "x" * 1_981, None),
        ("https://cdn.example/" + "ü" * 400, None),  # 2,400 characters once encoded
        ("", None),
        (None, None),
        (5, None),
        ({}, None),
        ("data:image/png;base64,AAAA", None),
        ("javascript:alert(1)", None),
        ("//cdn.example/x.png", None),
        ("cdn.example/x.png", None),
        ("ftp://cdn.example/x.png", None),
        ("https://", None),
        ("https:///x.png", None),
        ("https://.", None),
        ("https://ex ample.com/", None),
        ("https://cdn.example:99999/x", None),
        ("https://[::1", None),
        ("https://cdn.example\\@evil.example/", None),
        ("https://huggingface.co@evil.example/", None),
        ("https://cdn.example/\n.png", None),
        ("https://cdn.example/\x00", None),
        ("https://cdn.example/\ud800", None),
        ("https://\ud800.example/", None),
    ],
)
def test_an_address_is_kept_encoded_or_not_at_all(value: object, address: str | None) -> None:
    read = paper(githubRepo=value, projectPage=value, _thumbnail=value)
    assert (read.code_url, read.project_url, read.thumbnail) == (address, address, address)


def test_an_older_item_has_its_picture_as_media_url_unless_that_is_a_video() -> None:
    assert paper(_mediaUrl="https://cdn.example/x.PNG").thumbnail == "https://cdn.example/x.PNG"
    assert paper(_mediaUrl="https://cdn.example/x.mp4").thumbnail is None
    both = paper(_mediaUrl="https://cdn.example/x.png", _thumbnail="https://cdn.example/y.png")
    assert both.thumbnail == "https://cdn.example/y.png"


def test_lone_surrogates_and_control_characters_are_gone_from_every_text() -> None:
    dirty = load(r'"a\ud800b\u0000c\u001cd\b e"')
    read = paper(
        title=dirty,
        summary=dirty,
        authors=[{"name": dirty}],
        ai_summary=dirty,
        ai_keywords=[dirty],
        organization={"fullname": dirty},
    )
    texts = [read.title, read.abstract, *read.authors, read.ai_summary, *read.keywords, read.organization]
    assert texts == ["a\ufffdbcd e"] * 6


def test_a_raw_control_character_in_json_is_no_reason_to_refuse_it() -> None:
    assert load('["a\x1cb\x08\tc"]') == ["a\x1cb\x08\tc"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[1", "Expecting ',' delimiter at character 2"),
        ("[" * 100_000, "nested too deeply"),
        ("", "Expecting value at character 0"),
    ],
)
def test_broken_json_is_refused_with_the_place(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$"):
        load(text)


def test_a_number_of_ten_thousand_digits_breaks_nothing() -> None:
    assert load(f"[{'9' * 10_000}, 5]") == [None, 5]


@pytest.mark.parametrize(
    ("fields", "day"),
    [
        ({"_day": "2024-05-27"}, date(2024, 5, 27)),
        ({"submittedOnDailyAt": "2025-11-26T23:30:00.000-05:00"}, date(2025, 11, 27)),
        ({"submittedOnDailyAt": "2025-11-26"}, date(2025, 11, 26)),
        ({"_day": "tomorrow"}, date(2025, 11, 26)),
        ({"submittedOnDailyAt": None, "_publishedAt": "2025-11-24T03:50:58.348Z"}, date(2025, 11, 24)),
        ({"submittedOnDailyAt": 5, "_publishedAt": None}, date(2025, 11, 25)),
    ],
)
def test_in_a_file_an_item_says_its_own_day(fields: dict[str, object], day: date) -> None:
    assert read_item(item(**fields)).day == day  # type: ignore[arg-type]


def test_the_day_asked_for_is_the_listings_whatever_the_item_says() -> None:
    assert read_item(item(_day="2024-05-27"), DAY).day == DAY


@pytest.mark.parametrize("stamp", [None, "", 17, "never", "0001-01-01T00:00:00+14:00", "2025-13-01"])
def test_a_date_that_is_none_is_left_out(stamp: object) -> None:
    read = paper(publishedAt=stamp, submittedOnDailyAt=stamp, _publishedAt=stamp)
    assert (read.published_on, read.submitted_at) == (None, None)
    undated = item(publishedAt=stamp, submittedOnDailyAt=stamp, _publishedAt=stamp)
    with pytest.raises(BadItem, match="no day"):
        read_item(undated)


def test_a_date_years_ahead_is_kept_as_it_is() -> None:
    assert paper(publishedAt="2031-09-30T14:00:00.000Z").published_on == date(2031, 9, 30)


KEYS = [
    *["paper", "day", "id", "title", "summary", "authors", "name", "hidden", "upvotes", "numComments"],
    *["publishedAt", "submittedOnDailyAt", "organization", "fullname", "thumbnail", "mediaUrl"],
    *["githubRepo", "githubStars", "projectPage", "ai_keywords", "ai_summary"],
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=30)
    | st.sampled_from(["2511.99502", "2025-11-26T03:10:00.000Z", "https://a.example/b c", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(st.lists(JSON | st.fixed_dictionaries({"paper": JSON}), max_size=5), st.none() | st.just(DAY))
def test_no_json_makes_reading_fail_and_what_is_read_can_be_stored(
    items: list[object], day: date | None
) -> None:
    for listed in read_items(items, day):
        repr(listed).encode()
        assert listed.paper.id
        assert listed.paper.title


@given(st.dictionaries(st.sampled_from(sorted(item()["paper"])), JSON), JSON)
def test_no_field_costs_more_than_its_paper(fields: dict[str, object], picture: object) -> None:
    odd = item() | {"thumbnail": picture}
    odd["paper"] |= fields | {"id": "2511.99502", "title": "Kept"}
    (listed,) = read_items([odd], DAY)
    repr(listed).encode()


def _write(path: Path, text: str, packed: bool) -> Path:
    raw = text.encode()
    path.write_bytes(gzip.compress(raw) if packed else raw)
    return path


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}\n{"a": 2}\n',
        '\n{"a": 1}\n\n{"a": 2}',
        '\ufeff{"a": 1}\r\n{"a": 2}\r\n',
        '[{"a": 1}, {"a": 2}]',
        '\n [\n{"a": 1},\n{"a": 2}\n]\n',
    ],
)
def test_a_file_is_an_array_or_one_object_a_line_packed_or_not(
    tmp_path: Path, text: str, packed: bool
) -> None:
    path = _write(tmp_path / "papers", text, packed)
    assert list(read_file(path)) == [{"a": 1}, {"a": 2}]


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    assert list(read_file(_write(tmp_path / "papers", "", packed=False))) == []


def test_a_bad_line_is_named_after_the_good_ones_were_read(tmp_path: Path) -> None:
    path = _write(tmp_path / "papers.jsonl", '{"a": 1}\n\n{"a": \n{"a": 4}\n', packed=False)
    lines = read_file(path)
    assert next(lines) == {"a": 1}
    with pytest.raises(FileUnreadable, match=r"papers\.jsonl, line 3: not JSON: Expecting value"):
        next(lines)


def test_a_file_that_was_cut_off_is_named(tmp_path: Path) -> None:
    path = tmp_path / "papers.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n' * 1_000)[:-20])
    with pytest.raises(FileUnreadable, match=r"papers\.gz"):
        list(read_file(path))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match=r"nowhere: No such file"):
        list(read_file(tmp_path / "nowhere"))


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "papers.bin"
    path.write_bytes(b'{"a": 1}\n\xff\xfe')
    with pytest.raises(FileUnreadable, match=r"papers\.bin"):
        list(read_file(path))


real_data = pytest.mark.skipif(not (SHARED / "data").exists(), reason="needs the real feed data in ../shared")


@real_data
def test_no_real_item_is_lost() -> None:
    path = SHARED / "data" / "daily_papers.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        originals = [json.loads(line) for line in file]
    with capture_logs() as lines:
        listed = list(read_items(read_file(path)))
    assert lines == []
    assert len(listed) == 7_076
    assert named(listed) == [original["paper"]["id"] for original in originals]
    assert [str(one.day) for one in listed] == [original["day"] for original in originals]
    for one, original in zip(listed, originals, strict=True):
        assert len(one.paper.authors) == len(original["paper"]["authors"])
        assert one.paper.upvotes == original["paper"]["upvotes"]
        assert one.paper.comments == original["numComments"]
        assert one.paper.thumbnail == original.get("thumbnail", original.get("mediaUrl"))
        assert one.paper.abstract
        assert one.paper.published_on


@real_data
@pytest.mark.parametrize(("name", "count"), [("2025-03-12", 23), ("2025-12-03", 26)])
def test_a_real_day_is_read_whole(name: str, count: int) -> None:
    path = SHARED / "data" / "raw" / f"{name}.json"
    day = date.fromisoformat(name)
    with capture_logs() as lines:
        listed = list(read_items(read_file(path), day))
    assert lines == []
    assert (len(listed), {one.day for one in listed}) == (count, {day})


@real_data
def test_a_newer_real_day_says_itself_which_day_it_is() -> None:
    path = SHARED / "data" / "raw" / "2025-12-03.json"
    assert {one.day for one in read_items(read_file(path))} == {date(2025, 12, 3)}
