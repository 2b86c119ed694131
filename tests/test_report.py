"""The report: one file that needs nothing else, shows what it was given, and runs no one's code."""

import base64
import re
from hashlib import sha256
from html.parser import HTMLParser
from io import BytesIO

import cv2
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from augmentor.core.pictures import Instance
from augmentor.core.verdict import Bound, Verdict
from augmentor.files.flac import encode_flac
from augmentor.files.pictures import encode_png
from augmentor.kernels.spectrogram import mel_spectrogram_db
from augmentor.report import html, media, svg
from augmentor.report.colours import LEVELS, colour_map, lightness
from augmentor.report.model import (
    Card,
    CardGroup,
    Change,
    ChangePlot,
    Clip,
    GateCount,
    GatePlot,
    Histogram,
    HistogramPlot,
    Page,
    PicturePair,
    Rank,
    RankPlot,
    Section,
    SoundPair,
    Table,
    Text,
)
from augmentor.report.page import render

RATE_HZ = 16000
EVIL = "<script>alert('x')</script> & \"<img src=http://evil.example/a.png onerror=alert(1)>"
VOID = {"meta", "link", "br", "img", "col"}
LOADING = {"src", "href", "srcset", "data", "poster", "action", "xlink:href", "style", "background"}


class Tree(HTMLParser):
    """Elements of a page with their attributes and text; complains where tags do not match."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[int] = []
        self.elements: list[tuple[str, dict[str, str | None], list[str], int | None]] = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute twice: {tag} {attrs}"
        parent = self.open[-1] if self.open else None
        self.elements.append((tag, dict(attrs), [], parent))
        if tag not in VOID:
            self.open.append(len(self.elements) - 1)

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self.open.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        for index in self.open:
            self.elements[index][2].append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs, _, _ in self.elements if name == tag]

    def text(self, tag: str) -> list[str]:
        return ["".join(words) for name, _, words, _ in self.elements if name == tag]

    def children(self, index: int) -> list[tuple[str, str]]:
        return [(n, "".join(words)) for n, _, words, parent in self.elements if parent == index]


def sound(seconds: float = 1.0, seed: int = 1) -> NDArray[np.int16]:
    noise = np.random.default_rng(seed).normal(0, 2000, round(seconds * RATE_HZ))
    return noise.astype(np.int16)


def full_page(word: str = "car noise") -> Page:
    """Return a page with every kind of block; `word` stands wherever a user's text can."""
    verdicts = [
        Verdict.of("estoi.v1", 0.71, Bound(">=", 0.6)),
        Verdict.of("peak.v1", 1.2, Bound("<=", 1.0)),
        Verdict.of(word, None, Bound(">=", 0.6)),
    ]
    pair = SoundPair(Clip(sound(), RATE_HZ), Clip(sound(seed=2).astype(np.float32) / 4e4, RATE_HZ))
    flat = np.full((40, 50), 90, np.uint8)
    seen = PicturePair(flat, flat + 9, [Instance.of_mask(word, flat[:5, :7] > 0, 3, 4)])
    changes = [
        Change(word, 300, 0.33, 0.76, 0.7, 0.82, "better", 0.99, arm=word),
        Change("clean", 900, 0.99, 0.96, 0.95, 0.97, "worse", 0.99, arm=word),
        Change("clean", 900, 0.99, 0.99, verdict=word, arm="second"),
    ]
    blocks = [
        Text(word),
        Text(word, "code"),
        Text(f"{word}\n\nmore", "warn"),
        Table([word, "n"], [[word, "12"], ["b", "3"]], [False, True], word, ["bad"], word),
        ChangePlot(word, [word, "second"], changes, word, word),
        GatePlot(word, [GateCount(word, 10, 2, {word: 3, "peak": 1}), GateCount("none", 0)]),
        RankPlot(word, [Rank(word, 0.02, 0.5, 0.04, 2.0, word, word), Rank("b", -0.1, -0.1, 1.0)]),
        HistogramPlot(word, [Histogram(word, [1, 2, 2, 3], [2, 3]), Histogram("n", [1], [])]),
        CardGroup(word, [Card(word, [pair, seen], [(word, word)], verdicts, word)], word),
    ]
    return Page(word, [(word, word)], [Section(word, word, blocks), Section(word)], word, word)


def uris(page: str, kind: str) -> list[bytes]:
    return [base64.b64decode(data) for data in re.findall(f'"data:{kind};base64,([^"]+)"', page)]


@pytest.fixture(scope="module")
def page() -> str:
    return render(full_page())


def test_text_is_never_markup() -> None:
    """A transcript with a script in it is shown as text, wherever it stands."""
    evil = Tree(render(full_page(EVIL)))
    plain = Tree(render(full_page()))
    kinds = [(tag, sorted(attrs)) for tag, attrs, _, _ in evil.elements]
    # A long text gets a class that a short one has not; else the tree is the same.
    plain_kinds = [tag for tag, *_ in plain.elements]
    assert [tag for tag, _ in kinds] == plain_kinds
    assert not any(name.startswith("on") for _, names in kinds for name in names)
    assert evil.text("script")[0] == plain.text("script")[0]
    assert len(evil.all("script")) == 1
    for shown in ("h1", "h2", "h3", "h4", "td", "th", "dd", "dt", "figcaption", "footer", "code"):
        assert EVIL.replace(" %", "\N{NO-BREAK SPACE}%") in "".join(evil.text(shown)), shown


def test_unprintable_text_does_not_break_the_page() -> None:
    """Control characters and half surrogates become a sign that something was there."""
    page = render(Page("a\x00b\ud800c", footer="tab\tand\nline"))
    page.encode("utf-8")
    assert "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c" in page
    assert "tab\tand\nline" in page


def test_nothing_is_loaded_from_outside(page: str) -> None:
    """Every address in the page is a place in it or holds its own data."""
    tree = Tree(page)
    ids = [attrs["id"] for _, attrs, _, _ in tree.elements if "id" in attrs]
    assert len(set(ids)) == len(ids)
    for tag, attrs, _, _ in tree.elements:
        assert tag not in {"iframe", "object", "embed", "base", "form"}
        for name in LOADING & set(attrs):
            address = attrs[name] or ""
            if address.startswith("#"):
                assert address[1:] in ids
            else:
                assert address.startswith("data:"), (tag, name)
        fill = attrs.get("fill")
        assert fill is None or re.fullmatch(r"url\(#(.+)\)", fill)[1] in ids
    assert "url(" not in tree.text("style")[0]
    assert "@import" not in page
    assert not re.search(r"https?://", page)


def test_policy_allows_only_our_script_and_style(page: str) -> None:
    """The page forbids loads from outside; script and style are named by their digests."""
    tree = Tree(page)
    (policy,) = [m["content"] for m in tree.all("meta") if m.get("http-equiv")]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == rules["media-src"] == "data:"
    for name in ("script", "style"):
        (content,) = tree.text(name)
        digest = base64.b64encode(sha256(content.encode()).digest()).decode()
        assert rules[f"{name}-src"] == f"'sha256-{digest}'"
        assert "</" not in content
        assert "<!--" not in content


def test_every_drawing_is_told(page: str) -> None:
    """Figures and spectrograms have a title and a description, other drawings are hidden."""
    tree = Tree(page)
    told = 0
    for index, (tag, attrs, _, parent) in enumerate(tree.elements):
        inner = parent is not None and tree.elements[parent][0] in {"svg", "g"}
        if tag != "svg" or inner:
            continue
        if attrs.get("aria-hidden") == "true":
            continue
        assert attrs["role"] == "img"
        children = tree.children(index)
        assert [name for name, _ in children[:2]] == ["title", "desc"]
        assert all(words.strip() for _, words in children[:2])
        told += 1
    assert told == 7  # three figures, two histograms, two spectrograms
    assert all(attrs["alt"] for attrs in tree.all("img"))
    desc = " ".join(tree.text("desc"))
    assert "33.0 to 76.0 % (interval 70.0 to 82.0 %), better, baseline 99.0 %" in desc
    assert "10 passed, 2 could not be told, 3 rejected for car noise, 1 rejected for peak" in desc
    assert "2.00 points, gap 50.0 \N{MULTIPLICATION SIGN} share 4.0 %" in desc


def test_figures_show_what_they_say() -> None:
    """Bars are as long as their numbers; a lonely value still has an axis."""
    page = render(Page("x", sections=[Section("s", "", [GatePlot("g", [GateCount("c", 3, 1)])])]))
    widths = [attrs["width"] for attrs in Tree(page).all("rect") if attrs.get("height") == "20"]
    assert widths == ["75.000%", "25.000%"]
    flat = ChangePlot("f", [], [Change("t", 1, 1.0, 1.0), Change("nan", 0, float("nan"), 0.0)])
    told = "".join(Tree(render(Page("x", sections=[Section("s", "", [flat])]))).text("desc"))
    assert told == "t: 100.0 to 100.0 %, no verdict"
    other = ChangePlot("f", ["a"], [Change("t", 1, 0.5, 1.0, arm="b")])
    assert "<figure" not in render(Page("x", sections=[Section("s", "", [other])]))


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 1.0), (33.1, 99.2), (98.2, 98.4), (5, 5), (0, 3e4)]
)
def test_ticks_are_round_and_cover(low: float, high: float) -> None:
    """An axis begins at or below the lowest value, ends at or above the highest, in few steps."""
    steps = svg.ticks(low, high)
    assert steps[0] <= low + 1e-9
    assert steps[-1] >= high - 1e-9
    assert 2 <= len(steps) <= 8
    assert np.allclose(np.diff(steps), steps[1] - steps[0])


def test_numbers_have_a_real_minus_and_no_minus_zero() -> None:
    """What is written for a reader is written as a reader expects."""
    assert svg.number(-1.25, 2) == "\N{MINUS SIGN}1.25"
    assert svg.number(-0.04) == "0.0"
    assert svg.number(10.0) == "10.0"


def test_table_marks_and_numbers(page: str) -> None:
    """A marked row carries its mark, number columns are set to the right, others are not."""
    tree = Tree(page)
    body_rows = [attrs for tag, attrs, _, parent in tree.elements if tag == "tr" and parent]
    assert [row.get("class") for row in body_rows] == [None, "bad", None]
    kinds = [(attrs.get("class") or "").split() for attrs in tree.all("td")]
    assert ["num" in kind for kind in kinds] == [False, True, False, True]


def test_empty_parts_are_fine() -> None:
    """A page, a section, a table, a figure or a group without anything in it still renders."""
    assert Tree(render(Page("empty"))).text("h1") == ["empty"]
    blocks = [
        Text(""),
        Table(["a", "b"], []),
        Table([], []),
        ChangePlot("c", [], []),
        GatePlot("g", []),
        RankPlot("r", []),
        HistogramPlot("h", []),
        HistogramPlot("h", [Histogram("m", [], [float("nan")])]),
        CardGroup("", []),
        CardGroup(
            "one", [Card("bare"), Card("silent", [SoundPair(None, None), PicturePair(None, None)])]
        ),
        CardGroup("two", [Card("x", [SoundPair(Clip(np.zeros(0, np.int16), RATE_HZ), None)])]),
    ]
    page = render(Page("e", sections=[Section("with"), Section("blocks", "", blocks)]))
    text = "".join(Tree(page).text("main"))
    assert "Nothing to show here." in text
    assert "No rows." in text
    assert "No examples." in text


def test_headings_are_linked(page: str) -> None:
    """The contents lead to every section, also where two have the same title."""
    tree = Tree(page)
    ids = [attrs["id"] for attrs in tree.all("h2")]
    links = [attrs["href"] for attrs in tree.all("a") if attrs.get("class") != "anchor"]
    assert links == [f"#{name}" for name in ids]
    assert ids[0] == "car-noise"
    assert len(set(ids)) == 2


def test_sound_is_the_very_same(page: str) -> None:
    """What is heard is what was given: int16 as it is, floats rounded once."""
    before, after = uris(page, "audio/flac")
    heard, rate_hz = soundfile.read(BytesIO(before), dtype="int16")
    assert rate_hz == RATE_HZ
    assert np.array_equal(heard, sound())
    heard, _ = soundfile.read(BytesIO(after), dtype="int16")
    asked = np.rint(sound(seed=2).astype(np.float32) / np.float32(4e4) * 32768)
    assert np.array_equal(heard, asked.astype(np.int16))
    assert all(attrs["preload"] == "none" for attrs in Tree(page).all("audio"))
    assert len(encode_flac(sound(), RATE_HZ)) < 0.9 * sound().nbytes


def test_spectrograms_share_their_scale_and_time() -> None:
    """A pixel a band and a frame; quieter is darker in both; a shorter sound ends earlier."""
    loud = sound(1.0)
    pair = SoundPair(Clip(loud, RATE_HZ), Clip(loud[: RATE_HZ // 2] // 8, RATE_HZ))
    page = str(media.sound_pair(pair))
    before, after = (
        cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        for data in uris(page, "image/png")
    )
    db = mel_spectrogram_db(loud.astype(np.float32) / 32768, RATE_HZ)
    assert before.shape == (*db.shape, 3)
    assert abs(after.shape[1] - before.shape[1]) <= 2
    half = after.shape[1] // 2
    assert (after[:, half + 4 :] == colour_map()[0]).all()
    level = lightness(before).mean() - lightness(after[:, : half - 4]).mean()
    span = lightness(colour_map()[-1]) - lightness(colour_map()[0])
    # An eighth of the amplitude is 18 dB of the 70 that are shown.
    assert level == pytest.approx(18.06 / media.RANGE_DB * span, rel=0.1)


def test_long_sounds_are_cut_and_said() -> None:
    """A long clip does not swell the page; the card says how much of it is there."""
    page = str(media.sound_pair(SoundPair(None, Clip(sound(media.LONGEST_S + 2), RATE_HZ))))
    assert "first 10 s of 12.0 s" in page
    heard, _ = soundfile.read(BytesIO(uris(page, "audio/flac")[0]), dtype="int16")
    assert len(heard) == media.LONGEST_S * RATE_HZ
    assert "before" not in page


def test_spectrogram_keeps_low_bands_below() -> None:
    """The first band is the lowest row; levels outside the range are cut to its ends."""
    db = np.array([[0, -200], [-35, -70]], dtype=np.float32)
    pixels = cv2.imdecode(np.frombuffer(media.spectrogram_png(db, 0.0), np.uint8), 1)[..., ::-1]
    table = colour_map()
    assert np.array_equal(pixels[1], table[[LEVELS - 1, 0]])
    assert np.array_equal(pixels[0], table[[32, 0]])


def test_colour_map_grows_evenly_in_lightness() -> None:
    """Equal steps in dB are equal steps in lightness, also without colour."""
    steps = np.diff(lightness(colour_map(LEVELS)))
    assert steps.min() > 0.5 * steps.mean()
    assert steps.max() < 1.5 * steps.mean()
    assert lightness(colour_map())[[0, -1]] == pytest.approx([2, 97], abs=2)


def test_png_with_a_palette() -> None:
    """Numbers of colours come back as these colours."""
    numbers = np.arange(12, dtype=np.uint8).reshape(3, 4)
    palette = np.random.default_rng(6).integers(0, 256, (12, 3)).astype(np.uint8)
    back = cv2.imdecode(np.frombuffer(encode_png(numbers, palette), np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(back[..., ::-1], palette[numbers])


@pytest.mark.parametrize(
    ("pixels", "palette"),
    [
        (np.zeros((2, 2), np.float32), np.zeros((3, 3), np.uint8)),
        (np.zeros((0, 2), np.uint8), np.zeros((3, 3), np.uint8)),
        (np.full((2, 2), 3, np.uint8), np.zeros((3, 3), np.uint8)),
        (np.zeros((2, 2, 3), np.uint8), np.zeros((3, 3), np.uint8)),
    ],
)
def test_png_refuses_what_is_no_picture(
    pixels: NDArray[np.uint8], palette: NDArray[np.uint8]
) -> None:
    """The wrong type or shape is an error with the reason, not a strange picture."""
    with pytest.raises(ValueError, match=r"picture|palette"):
        encode_png(pixels, palette)


def test_a_full_page_stays_small() -> None:
    """Three categories of six cards of 3 s stay under 4 MB: noise without its upper octaves."""

    def dull(seed: int) -> Clip:
        soft = np.convolve(sound(3, seed).astype(np.float32) / 32768, np.ones(8) / 8, "same")
        return Clip(soft.astype(np.float32), RATE_HZ)

    cards = [Card(f"id-{i}", [SoundPair(dull(i), dull(i + 9))]) for i in range(6)]
    groups = [CardGroup(name, cards) for name in ("a", "b", "c")]
    page = render(Page("p", sections=[Section("s", "", groups)]))
    assert len(page.encode()) < 4e6


def test_html_escapes_once() -> None:
    """Text is escaped, markup is not escaped again, attributes are always text."""
    inner = html.element("b", "<&>", title='a"b', hidden=True, lang=None)
    assert str(html.element("p", inner, "<")) == (
        '<p><b title="a&quot;b" hidden>&lt;&amp;&gt;</b>&lt;</p>'
    )
