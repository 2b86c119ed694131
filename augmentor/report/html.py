"""Markup that cannot be forgotten to escape: plain text is always escaped, `Html` never twice.

A page holds megabytes of sound and pictures. So markup is kept in pieces, and those are put
together once, when the page is whole.
"""

import base64
import re
from html import escape

_VOID = frozenset({"meta", "link", "br", "img", "col"})
# Not allowed in HTML, or not encodable as UTF-8: control characters and lone surrogates.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Html:
    """Markup, in pieces that follow one another."""

    __slots__ = ("pieces",)

    def __init__(self, *pieces: str) -> None:
        self.pieces = pieces

    def __str__(self) -> str:
        return "".join(self.pieces)


class DataUri(str):
    """An address that holds the data itself; nothing in it needs to be escaped."""

    __slots__ = ()


Attribute = str | int | float | bool | None


def data_uri(kind: str, data: bytes) -> DataUri:
    """Return bytes of a kind, such as ``image/png``, as an address that holds them."""
    return DataUri(f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}")


def join(*parts: str | Html) -> Html:
    """Return the parts one after the other, each escaped unless it is markup."""
    return Html(*_pieces(parts))


def element(name: str, /, *children: str | Html, **attributes: Attribute) -> Html:
    """Return one element.

    Parameters
    ----------
    name : its name.
    children : text (escaped) or markup.
    attributes : ``class_`` is ``class``, ``text_anchor`` is ``text-anchor``; None and False
        are left out, True stands without a value.
    """
    written = [f"<{name}"]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        written.append(" " + key.rstrip("_").replace("_", "-"))
        if value is not True:
            written += ('="', _shown(value), '"')
    written.append(">")
    tag = "".join(written)
    return Html(tag) if name in _VOID else Html(tag, *_pieces(children), f"</{name}>")


def _pieces(parts: tuple[str | Html, ...]) -> list[str]:
    pieces: list[str] = []
    for part in parts:
        if isinstance(part, Html):
            pieces += part.pieces
        else:
            pieces.append(_escaped(part))
    return pieces


def _shown(value: str | float) -> str:
    if isinstance(value, DataUri):
        return value
    return _escaped(f"{value:.6g}" if isinstance(value, float) else str(value))


def _escaped(value: str) -> str:
    """Return plain text as markup: escaped, and what cannot be printed replaced."""
    return escape(_UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value))
