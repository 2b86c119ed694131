"""Markup that cannot be forgotten to escape: plain text is always escaped, `Html` never twice."""

import re
from html import escape

_VOID = frozenset({"meta", "link", "br", "img", "col"})
# Not allowed in HTML, or not encodable as UTF-8: control characters and lone surrogates.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

Attribute = str | int | float | bool | None


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def text(value: str) -> Html:
    """Return plain text as markup: escaped, what cannot be printed replaced; `Html` as it is."""
    if isinstance(value, Html):
        return value
    return Html(escape(_UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value)))


def join(*parts: str) -> Html:
    """Return the parts one after the other, each escaped unless it is markup."""
    return Html("".join(text(part) for part in parts))


def element(name: str, /, *children: str, **attributes: Attribute) -> Html:
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
            shown = f"{value:.6g}" if isinstance(value, float) else str(value)
            written.append(f'="{text(str(shown))}"')
    written.append(">")
    if name in _VOID:
        return Html("".join(written))
    return Html("".join([*written, join(*children), f"</{name}>"]))
