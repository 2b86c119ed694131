"""The page that people see: one document, its own script and style, and nothing from outside."""

import base64
import json
from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files
from typing import Any

from augmentor.report.html import Html, element, join

_LOADS = {"img-src": "'self' data:", "media-src": "'self'", "connect-src": "'self'",
          "frame-ancestors": "'none'"}  # fmt: skip
_HOLDS = {"img-src": "data:", "media-src": "data:"}


def page(title: str) -> tuple[bytes, str]:
    """Return the page that asks a server what to show, and its Content-Security-Policy."""
    style, script = _file("page.css"), _file("page.js")
    return _document(title, style, script), _policy(style, script, _LOADS)


def packed_page(title: str, sheet: Mapping[str, Any]) -> bytes:
    """Return the page with all it shows inside, for people without the server.

    Parameters
    ----------
    title : of the page.
    sheet : see `task.Task.sheet`; each item's ``media`` holds the data itself.
    """
    style, script = _file("page.css"), _file("page.js")
    policy = _policy(style, script, _HOLDS)
    # A script element ends at the first "</script", whatever it holds.
    data = json.dumps(sheet).replace("<", "\\u003c")
    return _document(
        title, style, script,
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("script", Html(data), type="application/json", id="pack"),
    )  # fmt: skip


def _document(title: str, style: str, script: str, *more: Html) -> bytes:
    head = element(
        "head",
        element("meta", charset="utf-8"),
        *more[:1],
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("link", rel="icon", href="data:,"),
        element("style", Html(style)),
    )
    body = element(
        "body",
        element(
            "header",
            element("h1", title),
            element("p", id="place"),
            element("progress", id="bar", max=1, value=0),
        ),
        element("main", id="stage"),
        element("p", id="say", role="status", aria_live="polite"),
        element("footer", id="keys"),
        *more[1:],
        element("script", Html(script)),
    )
    document = element("html", head, "\n", body, lang="en")
    return str(join(Html("<!doctype html>\n"), document, "\n")).encode()


def _file(name: str) -> str:
    return files("augmentor.review").joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str, more: Mapping[str, str]) -> str:
    """Return a Content-Security-Policy: no code but ours, by its digest."""

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode('ascii')}'"

    rules = {
        "default-src": "'none'",
        "style-src": digest(style),
        "script-src": digest(script),
        **more,
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
