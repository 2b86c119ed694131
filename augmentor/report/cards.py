"""Cards: one example each, with what was done to it and what the gate said."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from augmentor.core.verdict import Verdict
from augmentor.report.html import Html, element
from augmentor.report.media import colour_key, sound_pair
from augmentor.report.model import Card, CardGroup, Media, PicturePair, SoundPair
from augmentor.report.pictures import picture_pair

_AT_ONCE = 4
_HINT = "Click on a picture, or press Enter on it, to see the other one in its place."
_SIGNS = {"pass": "\N{CHECK MARK}", "fail": "\N{MULTIPLICATION X}", "cannot tell": "?"}
_SHORT = 24  # letters of a value that fit a column; longer ones get a line of their own
_TONES = {"pass": "good", "fail": "bad", "cannot tell": "soft"}


def card_group(group: CardGroup, anchor: str) -> Html:
    """Show a group of cards under its own heading."""
    heads = [element("h3", group.title, id=anchor)] if group.title else []
    lead = [element("p", group.lead, class_="lead")] if group.lead else []
    media = [item for card in group.cards for item in card.media]
    key = [colour_key()] if any(isinstance(item, SoundPair) for item in media) else []
    if any(isinstance(item, PicturePair) for item in media):
        key.append(element("p", _HINT, class_="key soft"))
    with ThreadPoolExecutor(_AT_ONCE) as pool:  # most of it are transforms, which run side by side
        cards = list(pool.map(_card, group.cards))
    body = element("div", *cards, class_="cards") if cards else _nothing()
    return element("div", *heads, *lead, *key, body, class_="group")


def _nothing() -> Html:
    return element("p", "No examples.", class_="soft")


def _card(card: Card) -> Html:
    note = [element("span", card.note, class_="soft")] if card.note else []
    parts = [element("h4", element("span", card.title, dir="auto"), *note)]
    parts += [_medium(item) for item in card.media]
    if card.facts:
        parts.append(_facts(card.facts))
    if card.verdicts:
        parts.append(element("ul", *map(_verdict, card.verdicts), class_="verdicts"))
    return element("article", *parts, class_="card")


def _medium(item: Media) -> Html:
    return sound_pair(item) if isinstance(item, SoundPair) else picture_pair(item)


def _facts(facts: Sequence[tuple[str, str]]) -> Html:
    pairs = [
        element(
            "div",
            element("dt", name),
            element("dd", value, dir="auto"),
            class_="long" if len(value) > _SHORT else None,
        )
        for name, value in facts
    ]
    return element("dl", *pairs)


def _verdict(verdict: Verdict) -> Html:
    value = "" if verdict.value is None else f" {verdict.value:g}"
    asked = verdict.bound.replace("<=", "\N{LESS-THAN OR EQUAL TO}")
    asked = asked.replace(">=", "\N{GREATER-THAN OR EQUAL TO}")
    return element(
        "li",
        element("span", _SIGNS[verdict.outcome], class_="sign", aria_hidden="true"),
        element("b", verdict.check),
        f"{value} ",
        element("span", f"{asked} \N{MIDDLE DOT} {verdict.outcome}", class_="asked"),
        class_=_TONES[verdict.outcome],
    )
