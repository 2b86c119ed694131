"""The review page as a browser meets it: what it answers, whom it refuses, what it keeps."""

import base64
import http.client
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from project import write_manifest
from review_project import make_review_project

from augmentor import run
from augmentor.api.reviewing import Opened, open_review, open_tagging, pack_review, review_results
from augmentor.core.errors import UsageError
from augmentor.ledger.record import read_records, write_run
from augmentor.review.answers import Answers
from augmentor.review.server import MOST_BYTES, Server, serving

MARKUP = '<img src=x onerror="alert(1)"></script><script>alert(2)</script> & more'
QUESTIONS = ("real", "heard", "clear")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a project, with real examples of its categories."""
    return make_review_project(tmp_path_factory.mktemp("review"))


@pytest.fixture(scope="module")
def made(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of its run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUGMENTOR_CACHE", str(tmp_path_factory.mktemp("cache")))
        return run(project / "recipe.yaml", workers=0).folder


@pytest.fixture
def fresh(made: Path) -> Iterator[Path]:
    """Return the run without any answer."""
    (made / "review.sqlite").unlink(missing_ok=True)
    yield made
    (made / "review.sqlite").unlink(missing_ok=True)


class Browser:
    """A browser that was sent to the address of a page."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.folder = Path()  # of the run, where a test wants it
        self.headers = {"Host": f"127.0.0.1:{server.server_port}"}
        status, headers, _ = self.get(server.address.removeprefix(server.origin))
        assert status == 303
        assert headers["Location"] == "/"
        self.headers["Cookie"] = headers["Set-Cookie"].partition(";")[0]

    def ask(
        self, method: str, path: str, body: bytes | None = None, **more: str | None
    ) -> tuple[int, Any, bytes]:
        """Send one request; a header of None is left out."""
        line = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=20)
        try:
            line.putrequest(method, path, skip_host=True)
            headers = {**self.headers, **{key.replace("_", "-"): one for key, one in more.items()}}
            if body is not None:
                headers = {"Content-Length": str(len(body)), **headers}
            for name, value in headers.items():
                if value is not None:
                    line.putheader(name, value)
            line.endheaders(body)
            answer = line.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            line.close()

    def get(self, path: str, **more: str | None) -> tuple[int, Any, bytes]:
        """Send a GET."""
        return self.ask("GET", path, **more)

    def task(self, rater: str = "") -> dict[str, Any]:
        """Return what the page shows."""
        status, _, data = self.get(f"/task?rater={rater}")
        assert status == 200, data
        found: dict[str, Any] = json.loads(data)
        return found

    def post(self, data: Any, **more: str | None) -> tuple[int, bytes]:
        """Send an answer as the page does."""
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        headers = {"Origin": self.server.origin, "Content-Type": "application/json", **more}
        status, _, said = self.ask("POST", "/answer", body, **headers)
        return status, said


@contextmanager
def browsing(opened: Opened) -> Iterator[Browser]:
    """Serve a page, and open it."""
    with serving(opened.server) as server:
        yield Browser(server)


@pytest.fixture(scope="module")
def shared(made: Path) -> Iterator[Browser]:
    """Return a page that several tests look at; each has a rater of its own."""
    folder = made.with_name("shared")
    shutil.copytree(made, folder)
    with browsing(open_review(folder)) as browser:
        browser.folder = folder
        yield browser


def answers_of(number: int, choices: list[str]) -> dict[str, str]:
    """Return some answers to the three questions."""
    heard = choices[number % len(choices)]
    return {"real": ("real", "made")[number % 2], "heard": heard, "clear": str(1 + number % 5)}


def test_two_raters_of_thirty_items_one_goes_on_after_a_stop(project: Path, fresh: Path) -> None:
    """What is kept is what was sent, though one rater and the server stopped half-way."""
    sent: dict[str, dict[str, dict[str, str]]] = {"anna": {}, "bob": {}}

    def rate(browser: Browser, rater: str, most: int) -> None:
        task = browser.task(rater)
        choices = [choice[2] for choice in task["questions"][1]["choices"]]
        todo = [one["id"] for one in task["items"] if one["id"] not in task["answers"]]
        for item in todo[:most]:
            given = answers_of(len(sent[rater]) * 7 + len(rater), choices)
            sent[rater][item] = given
            for question in QUESTIONS:  # each by itself, as the page does
                said = {"rater": rater, "item": item, "answers": {question: given[question]}}
                assert browser.post(said)[0] == 200

    def page() -> Opened:
        return open_review(fresh, real=project / "data/real.jsonl", count=5)

    first = page()
    assert dict(first.counts) == {"made": 15, "real": 12, "parent": 3}
    with browsing(first) as browser:
        rate(browser, "anna", 15)
        rate(browser, "bob", 30)
    with browsing(page()) as browser:
        assert browser.task("anna")["answers"] == sent["anna"]
        assert len(sent["anna"]) == 15
        rate(browser, "anna", 30)
        assert browser.task("bob")["answers"] == sent["bob"]
    kept = Answers(fresh / "review.sqlite")
    assert {name: kept.of(name) for name in sent} == sent
    assert [len(one) for one in sent.values()] == [30, 30]
    assert review_results(fresh).results.raters == {"anna": 30, "bob": 30}


def test_everyone_has_an_order_of_their_own(project: Path, fresh: Path) -> None:
    """Two raters see the same items in two orders, and each the same order every time."""
    with browsing(open_review(fresh, real=project / "data/real.jsonl")) as browser:
        anna, again, bob = ([one["id"] for one in browser.task(name)["items"]]
                            for name in ("anna", "anna", "bob"))  # fmt: skip
    assert anna == again
    assert anna != bob
    assert sorted(anna) == sorted(bob)
    with browsing(open_review(fresh, real=project / "data/real.jsonl")) as browser:
        assert [one["id"] for one in browser.task("anna")["items"]] == anna


def test_another_rate_is_said(project: Path, fresh: Path, tmp_path: Path) -> None:
    """Real sounds of another rate are not blind, however well they are mixed in."""
    soundfile.write(tmp_path / "real.flac", np.zeros(9000, np.float32) + 0.1, 8000)
    write_manifest(
        tmp_path / "real.jsonl", [{"id": "r", "path": "real.flac", "tags": "people noise"}]
    )
    opened = open_review(fresh, real=tmp_path / "real.jsonl")
    opened.server.server_close()
    assert any("8000 Hz (real)" in one for one in opened.notes)


def test_nothing_tells_made_from_real(project: Path, fresh: Path) -> None:
    """Neither what the page is told nor the form of a sound says where it comes from."""
    names = {one.id for one in read_records(fresh)} | {one.parent for one in read_records(fresh)}
    with browsing(open_review(fresh, real=project / "data/real.jsonl")) as browser:
        told = browser.task("anna")
        text = json.dumps(told["items"])
        assert not [name for name in (*names, "street", "noise", "wav") if name in text]
        forms = set()
        for item in told["items"]:
            status, headers, data = browser.get(f"/{item['media']}")
            assert status == 200
            forms.add((headers["Content-Type"], data[:4], data[8:40]))
        assert len(forms) == 1
    kinds = [one.kind for one in Answers(fresh / "review.sqlite").all()]  # by handle
    assert kinds != sorted(kinds)


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": None},
        {"Cookie": "augmentor_{port}=guess"},
        {"Cookie": "augmentor_1={token}"},
        {"Host": "evil.example:{port}"},
        {"Host": "127.0.0.1.evil.example:{port}"},
        {"Host": "10.0.0.1:{port}"},
        {"Host": "127.0.0.1"},
        {"Host": None},
    ],
)
def test_strangers_are_refused(shared: Browser, headers: dict[str, str | None]) -> None:
    """Without the token, or under a name that others can point here, nothing is told or kept."""
    item = shared.task("stranger")["items"][0]
    known = {"port": shared.server.server_port, "token": shared.server.token}
    filled = {name: value and value.format(**known) for name, value in headers.items()}
    for path in ("/", "/task", f"/{item['media']}", "/nothing", "/?token=", "/?token=guess"):
        status, answered, data = shared.get(path, **filled)
        assert status == 403, path
        assert b"refused" in data
        assert "Set-Cookie" not in answered
    said = {"rater": "stranger", "item": item["id"], "answers": {"clear": "5"}}
    assert shared.post(said, **filled)[0] == 403
    assert shared.task("stranger")["answers"] == {}


@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://evil.example", "http://127.0.0.1:1", "https://{host}", "{host}"],
)
def test_other_origins_cannot_answer(shared: Browser, origin: str | None) -> None:
    """A page from elsewhere cannot answer, even where the browser sends our cookie along."""
    rater = f"from {origin}".replace("/", "")
    item = shared.task("x")["items"][0]["id"]
    said = {"rater": rater, "item": item, "answers": {"clear": "5"}}
    where = origin and origin.format(host=shared.headers["Host"])
    kept = Answers(shared.folder / "review.sqlite")
    assert shared.post(said, Origin=where)[0] == 403
    assert shared.post(said, **{"Content-Type": "text/plain"})[0] == 415
    assert kept.of(rater) == {}
    assert shared.post(said)[0] == 200
    assert kept.of(rater) == {item: {"clear": "5"}}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[1]",
        b"[" * 30000,
        b'{"rater": "anna", "item": "ITEM"}',
        {"rater": "", "item": "ITEM", "answers": {"clear": "5"}},
        {"rater": "a\nb", "item": "ITEM", "answers": {"clear": "5"}},
        {"rater": "a" * 61, "item": "ITEM", "answers": {"clear": "5"}},
        {"rater": 7, "item": "ITEM", "answers": {"clear": "5"}},
        {"rater": "anna", "item": "ffff", "answers": {"clear": "5"}},
        {"rater": "anna", "item": ["ITEM"], "answers": {"clear": "5"}},
        {"rater": "anna", "item": "ITEM", "answers": {"clear": 5}},
        {"rater": "anna", "item": "ITEM", "answers": {"clear": "6"}},
        {"rater": "anna", "item": "ITEM", "answers": {"real": "perhaps"}},
        {"rater": "anna", "item": "ITEM", "answers": {"heard": "klingon"}},
        {"rater": "anna", "item": "ITEM", "answers": {"heard": ["en"]}},
        {"rater": "anna", "item": "ITEM", "answers": {"clear": "5", "drop": "table"}},
    ],
)
def test_what_is_no_answer_is_said_and_not_kept(shared: Browser, data: Any) -> None:
    """A broken answer is refused whole, and the server goes on."""
    item = shared.task("anna")["items"][0]["id"]
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    status, said = shared.post(body.replace(b"ITEM", item.encode()))
    assert status == 400, said
    assert said
    assert shared.task("anna")["answers"] == {}


@pytest.mark.parametrize("size", [str(MOST_BYTES + 1), "-1", "x", "", None])
def test_sizes_that_make_no_sense_are_refused(shared: Browser, size: str | None) -> None:
    """Nobody can have the server read for ever, or into all of its memory."""
    assert shared.post(b"{}", **{"Content-Length": size})[0] == 413
    assert shared.task("anna")["answers"] == {}


@pytest.mark.parametrize(
    "path",
    [
        "/media/../review.sqlite", "/media/..%2freview.sqlite", "/media/%2e%2e/recipe.yaml",
        "/../../etc/passwd", "//etc/passwd", "/data/", "/review.sqlite", "/media/", "/media/0",
        "/media/ffffffffffffffff/../../recipe.yaml", "/media/%00", "/page.js", "/answer",
        "/media/" + "f" * 500,
    ],
)  # fmt: skip
def test_no_path_leads_out(shared: Browser, path: str) -> None:
    """Sounds have names of their own: no path of the disk is ever one."""
    status, _, data = shared.get(path)
    assert (status, data) == (404, b"nothing here")


def test_a_manifest_cannot_name_a_file_outside_the_run(fresh: Path, tmp_path: Path) -> None:
    """A run from a stranger whose table points elsewhere is refused."""
    records = read_records(fresh)
    (tmp_path / "recipe.yaml").write_bytes((fresh / "recipe.yaml").read_bytes())
    for name in ("../secret.wav", "/etc/passwd"):
        records[0].file_name = name
        write_run(tmp_path, records)
        with pytest.raises(UsageError, match="outside the run's folder"):
            open_review(tmp_path, count=1000)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "10.1.2.3", "example.org", "", "127.0.0.1.evil.example"]
)
def test_only_this_machine(fresh: Path, host: str) -> None:
    """The page is never offered to other machines."""
    with pytest.raises(UsageError, match="this machine only"):
        open_review(fresh, host=host)


def test_a_taken_port_is_said(fresh: Path) -> None:
    """A port that another program has is named."""
    first = open_review(fresh, host="localhost")
    try:
        assert first.server.address.startswith("http://127.0.0.1:")
        with pytest.raises(UsageError, match=f"port {first.server.server_port}"):
            open_review(fresh, port=first.server.server_port)
    finally:
        first.server.server_close()


def test_parts_of_a_sound(shared: Browser) -> None:
    """A player may ask for a part, as it does to play again."""
    path = f"/{shared.task('anna')['items'][0]['media']}"
    whole = shared.get(path)[2]
    for asked, first, last in (
        ("bytes=0-", 0, len(whole) - 1), ("bytes=10-19", 10, 19),
        (f"bytes=5-{10 * len(whole)}", 5, len(whole) - 1),
    ):  # fmt: skip
        status, headers, part = shared.get(path, Range=asked)
        assert status == 206
        assert part == whole[first : last + 1]
        assert headers["Content-Range"] == f"bytes {first}-{last}/{len(whole)}"
    for odd in ("bytes=-5", "lines=1-2", f"bytes={len(whole)}-", "bytes=1-2,4-5"):
        status, _, part = shared.get(path, Range=odd)
        assert (status, part) == (200, whole)


class _Codes(HTMLParser):
    """The scripts and styles of a page, and whether any attribute holds code."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.codes: list[tuple[dict[str, str | None], str]] = []
        self.odd: list[str] = []
        self.policy = ""
        self._inside: dict[str, str | None] | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.odd += [name for name, _ in attrs if name.startswith("on") or name == "style"]
        known = dict(attrs)
        if known.get("http-equiv") == "Content-Security-Policy":
            self.policy = str(known["content"])
        self._inside = {"tag": tag, **known} if tag in ("script", "style") else None

    def handle_data(self, data: str) -> None:
        if self._inside is not None:
            self.codes.append((self._inside, data))

    def handle_endtag(self, tag: str) -> None:
        self._inside = None


def _check_policy(policy: str, page: str) -> None:
    """Check that only the page's own script and style may run, and nothing is loaded from afar."""
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert "unsafe" not in policy
    assert not re.search(r"https?:|\*", policy)
    found = _Codes(page)
    assert not found.odd
    running = [(one, text) for one, text in found.codes if one.get("type") != "application/json"]
    assert [one["tag"] for one, _ in running] == ["style", "script"]
    for one, text in running:
        digest = base64.b64encode(sha256(text.encode()).digest()).decode()
        assert rules[f"{one['tag']}-src"] == f"'sha256-{digest}'"
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b", text)


def test_the_page_runs_its_own_code_only(fresh: Path) -> None:
    """Every answer carries the policy, and the page fits it."""
    with browsing(open_review(fresh)) as browser:
        status, headers, page = browser.get("/")
        assert status == 200
        _check_policy(headers["Content-Security-Policy"], page.decode())
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        for path in ("/", "/task", "/nothing"):
            _, answered, _ = browser.get(path)
            assert answered["Content-Security-Policy"] == headers["Content-Security-Policy"]
            assert answered["X-Content-Type-Options"] == "nosniff"
            assert answered["Cache-Control"] == "no-store"
            assert "Access-Control-Allow-Origin" not in answered
        assert browser.server.token not in page.decode()


def test_markup_in_a_table_is_text(project: Path, tmp_path: Path) -> None:
    """A transcript with markup reaches the page as JSON, which the page sets as text."""
    table = tmp_path / "errors.csv"
    quoted = MARKUP.replace('"', '""')
    table.write_text(f'id,target,prediction\np000,"{quoted}",turn left\np001,yes,no\n')
    opened = open_tagging(table, project / "data/train.jsonl", tmp_path / "sheet.csv")
    with browsing(opened) as browser:
        assert "<img" not in browser.get("/")[2].decode()
        _, headers, _ = browser.get("/task")
        assert headers["Content-Type"] == "application/json"
        facts = [one["facts"] for one in browser.task()["items"]]
        assert [["target", MARKUP], ["prediction", "turn left"]] in facts


def test_markup_in_a_pack_is_text(project: Path, fresh: Path, tmp_path: Path) -> None:
    """A class with markup cannot leave the data of a pack, and the pack is as strict."""
    rows = [json.loads(line) for line in (project / "data/real.jsonl").read_text().splitlines()]
    for row in rows:
        row |= {"target": MARKUP, "path": str(project / "data" / row["path"])}
    write_manifest(tmp_path / "real.jsonl", rows)
    pack_review(fresh, tmp_path / "pack.html", real=tmp_path / "real.jsonl", count=2)
    page = (tmp_path / "pack.html").read_text()
    assert "alert(1)" in page
    assert "<img" not in page
    found = _Codes(page)
    _check_policy(found.policy, page)
    (data,) = [text for one, text in found.codes if one.get("type") == "application/json"]
    sheet = json.loads(data)
    assert MARKUP in [choice[2] for choice in sheet["questions"][1]["choices"]]
    assert all(one["media"].startswith("data:audio/wav;base64,") for one in sheet["items"])
    assert "street" not in page.replace(MARKUP, "")
