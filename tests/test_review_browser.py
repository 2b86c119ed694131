"""The review page in a real browser: what people type there is what is kept."""

import csv
import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from project import write_manifest
from review_project import TAGS, make_review_project

from augmentor import run
from augmentor.api.reviewing import add_answers, open_review, open_tagging, pack_review
from augmentor.cli.main import entry
from augmentor.review.server import Server, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, BrowserType, Page

drive = pytest.importorskip("playwright.sync_api", reason="needs the package playwright (dev)")
CHROMIUM = shutil.which("chromium")
if CHROMIUM is None:
    pytest.skip("needs the Debian package chromium", allow_module_level=True)

MARKUP = '<img src=x onerror="alert(1)"></script><script>alert(2)</script> & <b>more</b>'
REAL = {"r": "real", "m": "made"}
HEARD = {"1": "en", "2": "fr", "3": "ru", "0": ""}
Kept = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a project, with real examples of its categories."""
    return make_review_project(tmp_path_factory.mktemp("browser"), duration_s=0.5)


@pytest.fixture(scope="module")
def made(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of its run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUGMENTOR_CACHE", str(tmp_path_factory.mktemp("cache")))
        return run(project / "recipe.yaml", workers=0).folder


@pytest.fixture
def fresh(made: Path, tmp_path: Path) -> Path:
    """Return a copy of the run beside it, without any answer."""
    folder = made.with_name(tmp_path.name)
    shutil.copytree(made, folder)
    return folder


@pytest.fixture(scope="module")
def chromium() -> Iterator["BrowserType"]:
    """Return what starts a browser."""
    with drive.sync_playwright() as found:
        yield found.chromium


@contextmanager
def started(chromium: "BrowserType") -> Iterator["Browser"]:
    """Start a browser without any memory of an earlier one."""
    browser = chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    try:
        yield browser
    finally:
        browser.close()


@pytest.fixture(scope="module")
def shared(chromium: "BrowserType") -> Iterator["Browser"]:
    """Return a browser for the tests that never close theirs."""
    with started(chromium) as browser:
        yield browser


@contextmanager
def opened(browser: "Browser | BrowserContext", address: str) -> Iterator["Page"]:
    """Open a page; a dialog, an error of its script or a breach of its policy fails the test."""
    page, odd = browser.new_page(), []
    page.set_default_timeout(20_000)
    page.on("dialog", lambda one: (odd.append(f"dialog {one.message}"), one.dismiss()))
    page.on("pageerror", lambda one: odd.append(f"error {one}"))
    page.on("console", lambda one: odd.append(one.text) if "Policy" in one.text else None)
    page.goto(address)
    yield page
    page.close()
    assert not odd


def press(page: "Page", *keys: str) -> None:
    """Press keys one after the other, without waiting for what they do."""
    for named, some in groupby(keys, key=lambda one: len(one) > 1):
        if named:
            for key in some:
                page.keyboard.press(key)
        else:
            page.keyboard.type("".join(some))


def enter(page: "Page", rater: str) -> None:
    """Say who rates, and wait for the first item."""
    page.wait_for_selector("#name:focus")
    page.keyboard.type(rater)
    press(page, "Enter")
    page.wait_for_selector("#media")


def at_item(page: "Page", number: int) -> None:
    """Wait until so many items went before this one."""
    page.wait_for_function(
        "start => document.getElementById('place').textContent.startsWith(start)", arg=f"{number} "
    )


def handle(page: "Page") -> str:
    """Return the name of the item that is played."""
    return str(page.get_attribute("#media", "src")).rpartition("/")[2]


def keys_of(number: int, rater: str) -> tuple[str, str, str]:
    """Return the keys that a rater presses for one item."""
    number += len(rater)
    return "rm"[number % 2], "1230"[number // 2 % 4], str(1 + number % 5)


def meant(keys: Sequence[str]) -> dict[str, str]:
    """Return what keys mean to who presses them."""
    real, heard, clear = keys
    return {"real": REAL[real], "heard": HEARD[heard], "clear": clear}


def kept(folder: Path) -> dict[str, Kept]:
    """Return what the file of answers holds: rater -> item -> question -> answer."""
    found: dict[str, Kept] = {}
    with closing(sqlite3.connect(folder / "review.sqlite")) as base:
        for rater, item, question, value in base.execute(
            "SELECT rater, item, question, value FROM answer"
        ):
            found.setdefault(rater, {}).setdefault(item, {})[question] = value
    return found


@contextmanager
def reviewing(*arguments: object) -> Iterator[str]:
    """Start ``augmentor review``, return the address it shows, and stop it with Ctrl+C."""
    # Whoever runs the tests in the background has them ignore Ctrl+C.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code = f"{heard}from augmentor.cli.main import entry; entry()"
    command = [sys.executable, "-W", "error", "-c", code, "review", *map(str, arguments)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = ""
        while not (found := re.search(r"open in a browser: (\S+)", said)):
            line = process.stderr.readline()
            assert line, said
            said += line
        try:
            yield found[1]
        finally:
            process.send_signal(signal.SIGINT)
            try:
                said += process.communicate(timeout=20)[1]
            finally:
                process.kill()
    assert process.returncode == 0, said
    assert "Traceback" not in said


def test_two_raters_of_thirty_items_by_keyboard(
    project: Path, fresh: Path, chromium: "BrowserType",
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """What is kept and reported is what two people typed, though both stopped half-way.

    Anna looks at each item, closes the browser in the middle of her 16th, and goes on in another.
    Bob types ahead of the page, and the program ends under him. Both correct themselves.
    """
    typed: dict[str, Kept] = {"anna": {}, "bob": {}}
    real = project / "data/real.jsonl"
    with (
        reviewing(fresh, "--real", real, "-n", 5) as address,
        started(chromium) as browser,
        opened(browser, address) as page,
    ):
        assert page.url == address.partition("?")[0]  # the token is in a cookie now
        enter(page, "anna")
        for number in range(15):
            at_item(page, number + 1)
            keys = keys_of(number, "anna")
            typed["anna"][handle(page)] = meant(keys)
            slip = ("m" if keys[0] == "r" else "r", "Backspace") if number % 4 == 0 else ()
            press(page, *slip, *keys)
        at_item(page, 16)
        half = handle(page)
        with page.expect_response("**/answer"):
            press(page, "r")
    assert kept(fresh)["anna"] == {**typed["anna"], half: {"real": "real"}}

    with started(chromium) as browser:
        server = open_review(fresh, real=real, count=5).server
        with serving(server):
            bobs = browser.new_page()
            with bobs.expect_response("**/task?rater=bob") as told:
                bobs.goto(server.address)
                enter(bobs, "bob")
            items = [one["id"] for one in told.value.json()["items"]]
            press(bobs, *(key for number in range(15) for key in keys_of(number, "bob")))
            at_item(bobs, 16)
        press(bobs, "r")
        bobs.wait_for_selector("#say.bad")
        assert "Not saved" in bobs.inner_text("#say")
        press(bobs, "1", "1", "r", "1", "1")
        assert bobs.inner_text("#place").startswith("16 of 30, 15 done")

        server = open_review(fresh, real=real, count=5).server
        with serving(server):
            with opened(browser, server.address) as page:
                enter(page, "bob")
                assert page.inner_text("#place") == "16 of 30, 15 done, bob"
                press(page, *(key for number in range(15, 30) for key in keys_of(number, "bob")))
                page.wait_for_selector(".end")
            with opened(browser, server.address) as page:
                enter(page, "anna")
                assert "Welcome back" in page.inner_text("#say")
                assert page.inner_text("#place") == "16 of 30, 15 done, anna"
                assert handle(page) == half
                press(page, "3", "1")
                typed["anna"][half] = meant("r31")
                for number in range(16, 30):
                    at_item(page, number + 1)
                    typed["anna"][handle(page)] = meant(keys_of(number, "anna"))
                    press(page, *keys_of(number, "anna"))
                page.wait_for_selector(".end")
                last = list(typed["anna"])[-1]
                press(page, "ArrowLeft")
                page.wait_for_selector("#media")
                assert handle(page) == last
                press(page, "m", "0", "5")
                typed["anna"][last] = meant("m05")
                page.wait_for_selector(".end")
                assert page.inner_text("#place") == "30 of 30 done"
    typed["bob"] = {one: meant(keys_of(number, "bob")) for number, one in enumerate(items)}

    assert items != list(typed["anna"])  # everyone has an order of their own
    assert kept(fresh) == typed
    assert [len(one) for one in typed.values()] == [30, 30]
    monkeypatch.setattr(sys, "argv", ["augmentor", "review", str(fresh), "--report", "--json"])
    with pytest.raises(SystemExit) as stop:
        entry()
    assert not stop.value.code
    check_report(json.loads(capsys.readouterr().out), fresh, typed)


def check_report(report: dict[str, Any], folder: Path, typed: dict[str, Kept]) -> None:
    """Check that the report counts what was typed."""
    assert report["raters"] == {name: len(one) for name, one in typed.items()}
    with closing(sqlite3.connect(folder / "review.sqlite")) as base:
        rows = base.execute("SELECT handle, category, kind, target FROM item").fetchall()
    groups = {(category if kind != "parent" else "", kind) for _, category, kind, _ in rows}
    assert {(one["category"], one["kind"]) for one in report["groups"]} == groups
    assert len(groups) == 7
    for group in report["groups"]:
        said = [
            (one[item], target)
            for item, category, kind, target in rows
            for one in typed.values()
            if kind == group["kind"] and group["category"] in (category, "")
        ]
        for name, hits in (
            ("taken_for_real", [one["real"] == "real" for one, _ in said]),
            ("human", [one["heard"] == target for one, target in said]),
            ("clear", [int(one["clear"]) >= 3 for one, _ in said]),
        ):
            assert group[name]["n"] == len(hits)
            assert group[name]["value"] == pytest.approx(sum(hits) / len(hits)), (group, name)
        mean = sum(int(one["clear"]) for one, _ in said) / len(said)
        assert group["clarity_mean"] == pytest.approx(mean)


def test_sounds_are_played(fresh: Path, shared: "Browser") -> None:
    """Space plays the sound of the item from its start, whatever was played before."""
    server = open_review(fresh, rater="anna").server
    with serving(server), opened(shared, server.address) as page:
        page.wait_for_selector("#media")
        press(page, "Space")
        page.wait_for_function("() => document.getElementById('media').ended")
        length_s = page.evaluate("() => document.getElementById('media').duration")
        assert 0.4 < length_s < 1
        press(page, "Space")
        page.wait_for_function("() => !document.getElementById('media').ended")
        assert kept(fresh) == {}


def transcribed(folder: Path) -> None:
    """Make the targets of a run what is said, so that people write words."""
    recipe = (folder / "recipe.yaml").read_text()
    head, rate, rest = recipe.partition("  sample_rate: 16000\n")
    assert rate
    (folder / "recipe.yaml").write_text(f"{head}{rate}  target: transcript\n{rest}")


def test_what_is_said_is_typed(fresh: Path, shared: "Browser") -> None:
    """Words go into the field though they hold keys of the page; markup stays what was typed."""
    transcribed(fresh)
    words = ["more 1 2 3", MARKUP, "", "r m n", 'Äpfel; "no", don\'t']
    typed: Kept = {}
    server = open_review(fresh, rater="anna", count=2).server
    with serving(server), opened(shared, server.address) as page:
        page.wait_for_selector("#media")
        for number, text in enumerate(words):
            at_item(page, number + 1)
            item = handle(page)
            press(page, "r")
            page.wait_for_selector("#text:focus")
            page.keyboard.type(text)
            press(page, "Enter", "4")
            typed[item] = {"real": "real", "heard": text, "clear": "4"}
        at_item(page, len(words) + 1)
        for text in reversed(words):
            press(page, "ArrowLeft")
            assert page.input_value("#text") == text
        assert page.locator("main img, main b, main script").count() == 0
    assert kept(fresh)["anna"] == typed


def slowed(server: Server, patch: pytest.MonkeyPatch) -> Event:
    """Keep answers waiting until the event, as a slow disk does."""
    save, through = server.task.save, Event()
    patch.setattr(server.task, "save", lambda *said: through.wait(20) and save(*said))
    return through


def test_words_typed_ahead(fresh: Path, shared: "Browser", monkeypatch: pytest.MonkeyPatch) -> None:
    """Who types while the last answer is on its way loses no letter, and mends one as ever."""
    transcribed(fresh)
    server = open_review(fresh, rater="anna", count=2).server
    through = slowed(server, monkeypatch)
    with serving(server), opened(shared, server.address) as page:
        page.wait_for_selector("#media")
        first = handle(page)
        press(page, "r", "Enter", "4")
        press(page, "m", *"turn lefz", "Backspace", "t", "Enter", "2")
        assert handle(page) == first
        through.set()
        at_item(page, 3)
        press(page, "ArrowLeft")
        second = handle(page)
    assert kept(fresh)["anna"] == {
        first: {"real": "real", "heard": "", "clear": "4"},
        second: {"real": "made", "heard": "turn left", "clear": "2"},
    }


def test_a_tag_typed_ahead(
    project: Path, tmp_path: Path, shared: "Browser", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The letters of a new tag are not taken for keys of tags, however early they come."""
    table = tmp_path / "errors.csv"
    table.write_text("id,target,prediction,tags\np000,a,b,hum\np001,a,b,car\np002,a,b,\n")
    server = open_tagging(table, project / "data/train.jsonl", tmp_path / "marks.csv").server
    through = slowed(server, monkeypatch)
    with serving(server), opened(shared, server.address) as page:
        page.wait_for_selector("#media")
        press(page, "1", "Enter", "n", *"bus 12", "Enter", "2", "Enter")
        through.set()
        at_item(page, 3)
    with (tmp_path / "marks.csv").open(newline="") as stream:
        marks = [one["tags"] for one in csv.DictReader(stream)]
    first, second = server.task.sheet("")["questions"][0]["choices"][:2]
    assert marks == [first, f"bus 12;{second}"]


def test_questions_are_answered_in_any_order(
    fresh: Path, shared: "Browser", monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the mouse one may begin anywhere: the page goes on once, when all is answered."""
    server = open_review(fresh, rater="anna", count=2).server
    through = slowed(server, monkeypatch)
    with serving(server), opened(shared, server.address) as page:
        page.wait_for_selector("#media")
        item = handle(page)
        for name in ("0 cannot tell", "m made", "4 well", "4 well"):
            assert handle(page) == item
            page.get_by_role("button", name=name).click()
        through.set()
        page.wait_for_function(
            "old => !document.getElementById('media').src.endsWith(old)", arg=item
        )
        assert page.inner_text("#place").startswith("2 of")
    assert kept(fresh)["anna"] == {item: {"real": "made", "heard": "", "clear": "4"}}


def test_thirty_rows_are_tagged_by_keyboard(
    project: Path, tmp_path: Path, chromium: "BrowserType"
) -> None:
    """The sheet holds the marks that were typed, though the browser was closed half-way.

    Transcripts and tags with markup are text on the page, and reach the sheet as they are.
    """
    table, sheet = tmp_path / "errors.csv", tmp_path / "marks.csv"
    waves = [project / f"data/p{at % 12:03d}.wav" for at in range(30)]
    write_manifest(
        tmp_path / "all.jsonl",
        [{"id": f"row {at}", "path": str(wave)} for at, wave in enumerate(waves)],
    )
    with table.open("w", newline="") as stream:
        rows = [[f"row {at}", f"{MARKUP} {at}", "turn left", TAGS[0] if at == 3 else ""]
                for at in range(30)]  # fmt: skip
        csv.writer(stream).writerows([["id", "target", "prediction", "tags"], *rows])
    new = {2: "old phone", 9: "<i>odd</i>", 20: "n"}  # made where so many were looked at
    typed: dict[str, list[str]] = {}

    def tag(page: "Page", number: int) -> None:
        at_item(page, number + 1)
        facts = page.locator("dd").all_inner_texts()
        shown = [one.partition(" ") for one in page.locator("fieldset button").all_inner_texts()]
        keys = {name: key for key, _, name in shown}
        known = [name for at, name in new.items() if at < number]
        marks = [TAGS[0]] if number % 3 == 0 else []
        marks += [name for at, name in enumerate(known) if number % (at + 2) == 0]
        press(page, *(keys[name] for name in marks))
        if number in new:
            press(page, "n")
            page.wait_for_selector("#new:focus")
            page.keyboard.type(new[number])
            press(page, "Enter")
            marks.append(new[number])
        if number == 5:
            press(page, *[keys[TAGS[0]]] * 2)  # a slip, taken back
        assert facts[0].startswith(MARKUP)
        assert page.locator("main img, main b, main i, main script").count() == 0
        pressed = page.locator("fieldset button[aria-pressed=true]").all_inner_texts()
        assert sorted(one.partition(" ")[2] for one in pressed) == sorted(marks)
        typed[f"row {facts[0].rpartition(' ')[2]}"] = marks
        press(page, "Enter")

    for part in (range(14), range(14, 30)):
        server = open_tagging(table, tmp_path / "all.jsonl", sheet).server
        with serving(server), started(chromium) as browser, opened(browser, server.address) as page:
            for number in part:
                tag(page, number)
            if part.stop < 30:
                at_item(page, part.stop + 1)
            else:
                page.wait_for_selector(".end")
    with sheet.open(newline="") as stream:
        found = {one["id"]: one["tags"] for one in csv.DictReader(stream)}
    assert found == {name: ";".join(marks) for name, marks in typed.items()}
    assert len(found) == 30
    assert {name for marks in typed.values() for name in marks} == {*new.values(), TAGS[0]}


def test_a_pack_is_answered_from_a_file(
    project: Path, fresh: Path, tmp_path: Path, shared: "Browser"
) -> None:
    """A page without the server keeps answers over a stop, and hands them out as CSV."""
    rows = [{"id": "x", "path": str(project / "data/p000.wav"), "target": MARKUP, "tags": TAGS[0]}]
    write_manifest(tmp_path / "real.jsonl", rows)
    pack_review(fresh, tmp_path / "pack.html", real=tmp_path / "real.jsonl", count=2)
    address = (tmp_path / "pack.html").as_uri()
    context = shared.new_context(accept_downloads=True)
    with opened(context, address) as page:
        enter(page, "paul, 'P'")
        size = int(page.inner_text("#place").split()[2].rstrip(","))
        assert page.locator("fieldset button", has_text=MARKUP).count() == 1
        assert page.locator("main img, main b, main script").count() == 0
        press(page, *"r25" * (size // 2))
    with opened(context, address) as page:
        enter(page, "paul, 'P'")
        at_item(page, size // 2 + 1)
        press(page, *"m01" * (size - size // 2))
        page.wait_for_selector(".end")
        with page.expect_download() as download:
            page.get_by_text("download my answers").click()
        download.value.save_as(tmp_path / "answers.csv")
    context.close()
    assert add_answers(fresh, tmp_path / "answers.csv") == {"paul, 'P'": 3 * size}
    half = size // 2
    assert sorted(kept(fresh)["paul, 'P'"].values(), key=lambda one: one["clear"]) == [
        *[{"real": "made", "heard": "", "clear": "1"}] * (size - half),
        *[{"real": "real", "heard": "en", "clear": "5"}] * half,
    ]
    assert size > 8


ATTACK = """async ([origin, item, clear]) => {
  const body = JSON.stringify({rater: "anna", item, answers: {clear}});
  const send = (mode, kind) => fetch(origin + "/answer", {
    method: "POST", mode, credentials: "include", headers: {"Content-Type": kind}, body,
  }).catch(() => {});
  await send("cors", "application/json");
  await send("no-cors", "text/plain");
  const task = await fetch(origin + "/task", {credentials: "include"}).then(
    (one) => one.ok ? "told" : "refused", () => "refused");
  const sound = await new Promise((said) => {
    const one = new Audio(origin + "/media/" + item);
    one.onerror = () => said("refused");
    one.onloadedmetadata = () => said("played");
  });
  return {task, sound};
}"""


class _Elsewhere(BaseHTTPRequestHandler):
    """Another page of this machine."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Keep the terminal quiet."""


def test_a_page_from_elsewhere_gets_and_gives_nothing(fresh: Path, shared: "Browser") -> None:
    """Another page in the same browser, of the same machine even, learns and changes nothing."""
    context = shared.new_context()
    server = open_review(fresh, rater="anna").server
    other = ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere)
    other.origin = f"http://127.0.0.1:{other.server_port}"
    with serving(server), serving(other):
        with opened(context, server.origin) as page:
            assert "open the address that the terminal shows" in page.inner_text("body")
        with opened(context, server.address) as page:
            page.wait_for_selector("#media")
            item = handle(page)
            assert page.evaluate(ATTACK, ["", item, "5"]) == {"task": "told", "sound": "played"}
        page = context.new_page()
        page.goto(other.origin)
        # Cookies know no ports: the browser sends ours along with what this page asks for.
        assert page.evaluate(ATTACK, [server.origin, item, "1"]) == {
            "task": "refused", "sound": "refused"
        }  # fmt: skip
        page.set_content(f"<iframe src='{server.address}'></iframe>")
        page.wait_for_load_state("networkidle")
        assert page.frames[1].locator("#stage").count() == 0
        page.close()
    context.close()
    assert kept(fresh) == {"anna": {item: {"clear": "5"}}}
