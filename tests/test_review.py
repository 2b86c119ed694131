"""What follows from people's answers: levels, agreement, bounds; tags for the audit; packs."""

import csv
import json
import math
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from picture_project import make_picture_project
from project import RECIPE, make_project, write_manifest

from augmentor import run
from augmentor.api.reviewing import (
    add_answers,
    calibrate_recipe,
    open_review,
    open_tagging,
    pack_review,
    review_results,
)
from augmentor.audit.figures.intervals import wilson
from augmentor.audit.priorities.audit import audit_table
from augmentor.cli.main import entry
from augmentor.core.errors import AugmentorError, UsageError
from augmentor.core.verdict import Bound
from augmentor.ledger.record import read_records
from augmentor.recipe.load import load_recipe
from augmentor.review.answers import Answers, Judged
from augmentor.review.calibration import NEEDED, _best, calibrated
from augmentor.review.items import Item, rated_items, read_reviewed
from augmentor.review.results import GroupResult, results_of
from augmentor.sources.manifest import read_sources

Said = dict[str, dict[str, str]]


def said(real: str, heard: str, clear: int) -> dict[str, str]:
    """Return one person's answers."""
    return {"real": real, "heard": heard, "clear": str(clear)}


def judged(
    number: int, answers: Said, *, kind: Any = "made", target: str = "en", estoi: float | None = 0.5
) -> Judged:
    """Return an item with answers, and one verdict of clarity where it was made."""
    verdicts = (
        {"check": "estoi.v1", "value": estoi, "bound": ">= 0.1", "outcome": "pass"},
        {"check": "peak.v1", "value": 0.5, "bound": "<= 1", "outcome": "pass"},
    )
    return Judged(
        f"{number:016x}", kind, f"e{number}", "noise", target,
        verdicts if kind == "made" else (), answers,
    )  # fmt: skip


def test_levels_are_counts_of_the_answers() -> None:
    """Human level, taken for real, clear and the mean are what one counts by hand."""
    items = [
        judged(
            at,
            {"anna": said("real" if at < 6 else "made", "en" if at < 9 else "fr", 1 + at % 5)},
        )
        for at in range(12)
    ]
    items += [judged(100 + at, {"anna": said("real", "en", 5)}, kind="real") for at in range(4)]
    items += [judged(200 + at, {"anna": said("made", "", 2)}, kind="parent") for at in range(3)]
    found = results_of(items, transcripts=False)
    made, real, parents = found.groups
    assert [(one.category, one.kind) for one in found.groups] == [
        ("noise", "made"), ("noise", "real"), ("", "parent")
    ]  # fmt: skip
    clear = sum(1 + at % 5 >= 3 for at in range(12))
    for level, hits in ((made.human, 9), (made.taken_for_real, 6), (made.clear, clear)):
        low, high = wilson(hits, 12)
        assert (level.n, level.value) == (12, pytest.approx(hits / 12))
        assert level.interval == pytest.approx((float(low), float(high)))
    assert made.clarity_mean == pytest.approx(sum(1 + at % 5 for at in range(12)) / 12)
    assert (real.human.value, real.taken_for_real.value, real.clarity_mean) == (1, 1, 5)
    assert (parents.human.value, parents.taken_for_real.value) == (0, 0)  # cannot tell is not right
    assert found.raters == {"anna": 19}
    assert found.agreement == ()


def test_answers_to_one_item_are_not_independent() -> None:
    """Two people who always say the same are worth one: the interval does not shrink."""

    def group(raters: Sequence[str]) -> GroupResult:
        items = [
            judged(at, {rater: said("real" if at % 2 else "made", "en", 3) for rater in raters})
            for at in range(20)
        ]
        return results_of(items, transcripts=False).groups[0]

    one, two = group(["anna"]).taken_for_real, group(["anna", "bob"]).taken_for_real
    assert (one.n, two.n) == (20, 40)
    assert two.interval == pytest.approx(one.interval, abs=0.01)


def test_agreement_is_full_absent_or_undefined() -> None:
    """Alpha is 1 where two say the same, below 0 where opposites, undefined for one answer."""

    def alphas(other: Callable[[int], dict[str, str]]) -> list[float | None]:
        mine = [said(("real", "made")[at % 2], ("en", "fr")[at % 2], 1 + 3 * (at % 2))
                for at in range(20)]  # fmt: skip
        items = [judged(at, {"anna": mine[at], "bob": other(at)}) for at in range(20)]
        return [one.alpha.value for one in results_of(items, transcripts=False).agreement]

    same = alphas(lambda at: said(("real", "made")[at % 2], ("en", "fr")[at % 2], 2 + 3 * (at % 2)))
    assert same == [1, 1, 1]  # 1 and 2 are both unclear, 4 and 5 both clear
    other = alphas(
        lambda at: said(("made", "real")[at % 2], ("fr", "en")[at % 2], 4 - 3 * (at % 2))
    )
    assert all(one is not None and one < 0 for one in other)
    flat = [judged(at, {"anna": said("real", "en", 5), "bob": said("real", "en", 5)})
            for at in range(5)]  # fmt: skip
    assert {one.alpha.value for one in results_of(flat, transcripts=False).agreement} == {None}


def test_transcripts_count_words_without_case_and_punctuation() -> None:
    """Human level of transcripts is 1 - WER, as the words that people typed say it."""
    items = [
        judged(1, {"anna": said("real", "thank you goodbye", 5)}, target="Thank you, goodbye."),
        judged(2, {"anna": said("real", "press 2 for", 4)}, target="Press two for sales"),
        judged(3, {"anna": said("real", "", 1)}, target="hello there"),
    ]
    found = results_of(items, transcripts=True)
    assert found.metric == "wer"
    assert found.groups[0].human.value == pytest.approx(1 - 4 / 9)
    assert found.groups[0].human.units == 9


def people(values: Sequence[float], understood: Callable[[float], bool]) -> list[Judged]:
    """Return items that three people understand or not."""
    return [
        judged(
            at,
            {name: said("real", "en" if understood(value) else "fr", 4 if understood(value) else 2)
             for name in ("a", "b", "c")},
            estoi=value,
        )
        for at, value in enumerate(values)
    ]  # fmt: skip


def test_the_bound_is_where_people_stop_understanding() -> None:
    """With people who understand from 0.45 on, that is the bound, and the run's is looser."""
    values = [round(at / 60, 4) for at in range(8, 60)]
    peak, estoi = sorted(calibrated(people(values, lambda v: v >= 0.45), transcripts=False),
                         key=lambda one: one.question, reverse=True)  # fmt: skip
    assert estoi.usable
    assert estoi.youden_j == 1
    below, above = max(v for v in values if v < 0.45), min(v for v in values if v >= 0.45)
    assert below < Bound.parse(estoi.bound).value <= above
    assert estoi.low is not None
    assert estoi.low > 0.7
    assert (estoi.n_good, estoi.n_bad, estoi.n_split) == (33, 19, 0)
    assert (peak.bound, peak.usable, peak.question) == (None, False, "realism")  # all said real


def test_clear_needs_both_a_right_answer_and_three() -> None:
    """Sure of a wrong answer, or right by luck on what is unclear, is not clear."""
    items = [judged(1, {"a": said("real", "fr", 5)}), judged(2, {"a": said("real", "en", 2)}),
             judged(3, {"a": said("real", "en", 3)}),
             judged(4, {"a": said("real", "en", 5), "b": said("real", "fr", 5)}),
             judged(5, {"a": said("real", "en", 5)}, estoi=None)]  # fmt: skip
    (estoi,) = [one for one in calibrated(items, transcripts=False) if one.check == "estoi"]
    assert (estoi.n_good, estoi.n_bad, estoi.n_split) == (1, 2, 1)


def test_too_few_examples_make_no_bound() -> None:
    """The number that is needed is said, and about how many more answers bring it."""
    values = [round(0.2 + at / 100, 4) for at in range(40)]
    (estoi,) = [one for one in calibrated(people(values, lambda v: v >= 0.25), transcripts=False)
                if one.check == "estoi"]  # fmt: skip
    assert estoi.n_bad < NEEDED
    assert not estoi.usable
    assert estoi.bound is not None
    assert f"{NEEDED} of both needed: about 40 more" in estoi.note


def test_bounds_are_not_found_in_chance() -> None:
    """Where the check says nothing of what people say, hardly ever is a bound written."""
    rng = np.random.Generator(np.random.Philox(key=5))
    usable = 0
    for _ in range(30):
        values = rng.permutation(np.arange(40)) / 50 + 0.1
        answers = dict(zip(values.round(4).tolist(), rng.integers(0, 2, 40).tolist(), strict=True))
        found = calibrated(people(list(answers), lambda v, known=answers: bool(known[v])),
                           transcripts=False)  # fmt: skip
        usable += sum(one.usable for one in found)
    assert usable <= 4


@settings(deadline=None, max_examples=60)
@drawn(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=25))
def test_the_best_bound_is_the_best_of_all(pairs: list[tuple[int, bool]]) -> None:
    """No other bound has a higher Youden's J, counted one by one."""
    values = np.array([float(value) for value, _ in pairs])
    good = np.array([one for _, one in pairs])
    cut, best = _best(values, good)
    if good.all() or not good.any():
        assert math.isnan(best)
        return

    def index(bound: float) -> float:
        passed = values >= bound
        return float(passed[good].mean() - passed[~good].mean())

    assert best == pytest.approx(index(cut))
    assert best == pytest.approx(max(index(bound) for bound in range(8)))


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished run of sounds."""
    folder = tmp_path_factory.mktemp("sounds")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUGMENTOR_CACHE", str(tmp_path_factory.mktemp("cache")))
        recipe = make_project(folder, recipe=RECIPE.replace("budget: 24", "budget: 30"))
        return run(recipe, workers=0).folder


@pytest.fixture
def fresh(sounds: Path) -> Iterator[Path]:
    """Return the run without any answer."""
    (sounds / "review.sqlite").unlink(missing_ok=True)
    yield sounds
    (sounds / "review.sqlite").unlink(missing_ok=True)


def everything(folder: Path, count: int = 5) -> list[Item]:
    """Return the items of a review with all controls."""
    reviewed = read_reviewed(folder)
    sources = read_sources(folder.parent.parent / "data/train.jsonl")
    return rated_items(reviewed, {one.facts.id: one for one in sources}, (), count)


def test_items_are_a_keyed_sample_of_each_category(fresh: Path) -> None:
    """So many of each category, no parent twice while others are left, controls not their own."""
    items = everything(fresh, 2)
    records = {one.id: one for one in read_records(fresh)}
    made = [one for one in items if one.kind == "made"]
    counts = {name: sum(one.category == name for one in made) for name in
              {one.category for one in records.values()}}  # fmt: skip
    assert counts == dict.fromkeys(("vehicle noise", "people noise", "low bandwidth"), 2)
    parents = [records[one.example].parent for one in made]
    assert len(set(parents)) == len(parents)
    controls = {one.example for one in items if one.kind == "parent"}
    assert len(controls) == 3
    assert not controls & set(parents)
    assert [one.handle for one in items] == [one.handle for one in everything(fresh, 2)]
    assert len({one.handle for one in items}) == len(items)
    for one in made:
        assert one.target == records[one.example].target
        assert list(one.verdicts) == records[one.example].verdicts


def test_a_run_without_its_sources_is_still_reviewed(fresh: Path, tmp_path: Path) -> None:
    """On another machine there are no parents as controls, and that is said."""
    shutil.copytree(fresh, tmp_path / "run")
    opened = open_review(tmp_path / "run")
    opened.server.server_close()
    assert opened.counts["parent"] == 0
    assert opened.counts["made"] > 10
    assert any("no parents as controls" in one for one in opened.notes)


def test_real_ones_need_the_tag_of_a_category(fresh: Path) -> None:
    """Real examples of something else are refused, with the tags they have."""
    train = fresh.parent.parent / "data/train.jsonl"  # all clean
    with pytest.raises(UsageError, match=r"tag of a category .*vehicle noise.*tags: clean"):
        open_review(fresh, real=train)


def fill(folder: Path, understood: Callable[[Item], bool], raters: Sequence[str]) -> None:
    """Answer everything: who understands is right and says 5, else wrong and 1."""
    items = everything(folder, 100)
    kept = Answers(folder / "review.sqlite")
    kept.add(items)
    for rater in raters:
        rows = []
        for one in items:
            good = understood(one)
            wrong = "fr" if one.target == "en" else "en"
            given = said("made", one.target if good else wrong, 5 if good else 1)
            rows += [(one.handle, key, value) for key, value in given.items()]
        kept.save(rater, rows)


def estoi_of(item: Item) -> float | None:
    """Return what the gate measured."""
    return next((one["value"] for one in item.verdicts if one["check"] == "estoi.v1"), None)


def test_bounds_go_into_a_copy_of_the_recipe(fresh: Path) -> None:
    """Only the bound changes; comments stay, and the copy is a good recipe."""
    recipe = fresh.parent.parent / "recipe.yaml"
    values = sorted(v for v in map(estoi_of, everything(fresh, 100)) if v is not None)
    middle = values[len(values) // 2]
    fill(fresh, lambda one: (estoi_of(one) or 0) >= middle, ["anna", "bob"])
    found = review_results(fresh)
    (estoi,) = [one for one in found.calibration if one.check == "estoi"]
    assert estoi.usable
    text = recipe.read_text()
    commented = recipe.with_name("commented.yaml")
    for before, after in (
        (text, text.replace('{estoi: ">= 0.05"}', f"{{estoi: '{estoi.bound}'}}")),
        (text.replace('  clarity: {estoi: ">= 0.05"}\n', "  # nothing of clarity\n"), None),
        (text.partition("gate:")[0] + "# the end\n", None),
    ):
        commented.write_text("# mine\n" + before)
        new = recipe.with_name("people.yaml")
        lines = calibrate_recipe(found, commented, new)
        assert lines == [f"estoi: {estoi.bound} (the run had >= 0.05)"]
        if after is not None:
            assert new.read_text() == "# mine\n" + after
        assert [line for line in new.read_text().splitlines() if "#" in line] == [
            line for line in commented.read_text().splitlines() if "#" in line
        ]
        assert yaml.safe_load(new.read_text())["gate"]["clarity"]["estoi"] == estoi.bound
        load_recipe(new)
        commented.unlink()
        new.unlink()


def test_bounds_are_not_written_without_answers_enough(fresh: Path, tmp_path: Path) -> None:
    """The message says how many are needed, nothing is written, and never over the recipe."""
    recipe = fresh.parent.parent / "recipe.yaml"
    fill(fresh, lambda _: True, ["anna"])
    found = review_results(fresh)
    new = recipe.with_name("people.yaml")
    with pytest.raises(AugmentorError, match=f"estoi: .* 0 unclear; {NEEDED} of both needed"):
        calibrate_recipe(found, recipe, new)
    assert not new.exists()
    for place in (recipe, tmp_path / "new.yaml"):
        with pytest.raises(UsageError, match="beside the recipe"):
            calibrate_recipe(found, recipe, place)


def test_a_category_with_its_own_bound_is_named(fresh: Path) -> None:
    """A category's own bound goes before the recipe's, so it is said that it stays."""
    recipe = fresh.parent.parent / "recipe.yaml"
    values = sorted(v for v in map(estoi_of, everything(fresh, 100)) if v is not None)
    fill(fresh, lambda one: (estoi_of(one) or 0) >= values[len(values) // 2], ["anna"])
    own = recipe.with_name("own.yaml")
    mine = '    gate: {clarity: {estoi: ">= 0.3"}}\n'
    own.write_text(recipe.read_text().replace("  people noise:\n", f"  people noise:\n{mine}"))
    lines = calibrate_recipe(review_results(fresh), own, recipe.with_name("people.yaml"))
    assert "category 'people noise' keeps its own bound of estoi: >= 0.3" in lines
    own.unlink()
    recipe.with_name("people.yaml").unlink()


def _table(folder: Path, rows: int, wrong: int) -> Path:
    lines = ["id,target,prediction"]
    lines += [f"p{at:03d},en,{'fr' if at < wrong else 'en'}" for at in range(rows)]
    path = folder / "errors.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_marks_become_rates_in_the_audit(sounds: Path, tmp_path: Path) -> None:
    """Wrong rows and a sample of right ones, tagged on the page: the audit knows the rates."""
    sources = tmp_path / "all.jsonl"
    wave = sounds.parent.parent / "data/p000.wav"
    write_manifest(sources, [{"id": f"p{at:03d}", "path": str(wave)} for at in range(60)])
    table, sheet = _table(tmp_path, 60, 12), tmp_path / "tags.csv"

    old = {True: 0, False: 0}  # rows marked as of an old phone, by whether they are wrong

    def tag(most: int) -> int:
        opened = open_tagging(table, sources, sheet, right=24)
        opened.server.server_close()
        page = opened.server.task.sheet("")
        assert opened.counts["rows"] == 36
        todo = [one for one in page["items"] if one["id"] not in page["answers"]]
        for item in todo[:most]:
            facts = dict(item["facts"])
            wrong = facts["target"] != facts["prediction"]
            marks = ["car noise"] if wrong else []
            if int(item["id"]) % 4 == 0:
                marks.append("old phone")
                old[wrong] += 1
            opened.server.task.save("", item["id"], {"tags": marks})
        return len(page["answers"])

    assert tag(10) == 0
    with sheet.open(newline="") as stream:
        assert len(list(csv.DictReader(stream))) == 10
    assert tag(100) == 10  # what was marked before is gone on with
    found = audit_table(table, tags=sheet)
    rows = {one.tag: one for one in found.ranking.rows}
    assert any("12 wrong and 24 right rows that were looked at, of 60" in one
               for one in found.warnings)  # fmt: skip
    assert rows["car noise"].error_rate == 1
    assert rows["car noise"].share_frac == pytest.approx(0.2)
    wrong_frac, right_frac = 0.2 * old[True] / 12, 0.8 * old[False] / 24
    assert min(old.values()) > 0
    assert rows["old phone"].share_frac == pytest.approx(wrong_frac + right_frac)
    rate = wrong_frac / (wrong_frac + right_frac)
    assert rows["old phone"].error_rate == pytest.approx(rate)


def test_only_wrong_rows_leave_rates_undefined(sounds: Path, tmp_path: Path) -> None:
    """Without right rows the audit says that only errors are tagged."""
    table, sheet = _table(tmp_path, 12, 5), tmp_path / "tags.csv"
    opened = open_tagging(table, sounds.parent.parent / "data/train.jsonl", sheet)
    opened.server.server_close()
    assert opened.counts["rows"] == 5
    assert any("--right" in one for one in opened.notes)
    for number in range(1, 6):
        opened.server.task.save("", str(number), {"tags": ["hum"]})
    found = audit_table(table, tags=sheet)
    assert any("only errors are tagged (5 of 5)" in one for one in found.warnings)


def test_a_word_error_is_wrong_only_after_normalising(sounds: Path, tmp_path: Path) -> None:
    """What is wrong is what the audit's metric and normalisation say."""
    table = tmp_path / "words.csv"
    table.write_text("id,text,pred_text\np000,Turn left.,turn left\np001,turn left,turn right\n")
    sources = sounds.parent.parent / "data/train.jsonl"
    for normalize, rows in (("none", 2), ("basic", 1)):
        opened = open_tagging(table, sources, tmp_path / "s.csv", metric="wer", normalize=normalize)
        opened.server.server_close()
        assert opened.counts["rows"] == rows


@pytest.mark.parametrize("tags", [["a;b"], [""], ["  "], [7], "car", None, ["a\nb"], ["a" * 61]])
def test_what_is_no_tag_is_refused(sounds: Path, tmp_path: Path, tags: Any) -> None:
    """Nothing reaches the sheet that the audit would read as something else."""
    table, sheet = _table(tmp_path, 3, 3), tmp_path / "tags.csv"
    opened = open_tagging(table, sounds.parent.parent / "data/train.jsonl", sheet)
    opened.server.server_close()
    with pytest.raises(UsageError):
        opened.server.task.save("", "1", {"tags": tags})
    assert not sheet.exists()


def test_a_sheet_of_someone_else_is_left_alone(sounds: Path, tmp_path: Path) -> None:
    """A spreadsheet with a column a tag is not written over."""
    table, sheet = _table(tmp_path, 3, 3), tmp_path / "mine.csv"
    sheet.write_text("id,car,comment\np000,x,loud\n")
    sources = sounds.parent.parent / "data/train.jsonl"
    with pytest.raises(UsageError, match="write to another file"):
        open_tagging(table, sources, sheet)
    with pytest.raises(UsageError, match=r"file\.csv"):
        open_tagging(table, sources, tmp_path / "tags.xlsx")
    assert sheet.read_text() == "id,car,comment\np000,x,loud\n"


def _sheet_of(page: str) -> dict[str, Any]:
    start = page.index('id="pack">') + len('id="pack">')
    found: dict[str, Any] = json.loads(page[start : page.index("</script>", start)])
    return found


def test_a_pack_goes_out_and_its_answers_come_back(fresh: Path, tmp_path: Path) -> None:
    """Answers of a pack are those of the page: same items, same checks, all or none."""
    counts, _ = pack_review(fresh, tmp_path / "pack.html", count=3)
    page = (tmp_path / "pack.html").read_text()
    sheet = _sheet_of(page)
    assert len(sheet["items"]) == sum(counts.values())
    assert not [one.id for one in read_records(fresh) if one.id in page]
    file = tmp_path / "answers.csv"
    rows = [["rater", "item", "question", "answer"]]
    for at, item in enumerate(sheet["items"]):
        for key, value in said("real" if at % 2 else "made", "ru", 1 + at % 5).items():
            rows.append(['paul, "P"', item["id"], key, value])
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    assert add_answers(fresh, file) == {'paul, "P"': 3 * len(sheet["items"])}
    kept = Answers(fresh / "review.sqlite").of('paul, "P"')
    assert {(item, key, value) for item, one in kept.items() for key, value in one.items()} == {
        tuple(row[1:]) for row in rows[1:]
    }
    bad = [*rows[:3], ["eve", "nope", "clear", "5"], ["eve", rows[1][1], "clear", "9"],
           ["eve", rows[1][1], "cleer", "5"], ["eve", rows[1][1]]]  # fmt: skip
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows([[one[0].replace("paul", "eve"), *one[1:]] for one in bad])
    with pytest.raises(UsageError) as stop:
        add_answers(fresh, file)
    assert [one.where.rpartition(":")[2] for one in stop.value.problems] == ["4", "5", "6", "7"]
    assert "did you mean 'clear'" in str(stop.value)
    assert not Answers(fresh / "review.sqlite").of("eve")


def test_pictures_are_shown_and_judged(tmp_path: Path) -> None:
    """A run of pictures asks for its classes, and shows PNG."""
    folder = run(make_picture_project(tmp_path), workers=0).folder
    opened = open_review(folder, count=4, rater="anna")
    opened.server.server_close()
    task = opened.server.task
    page = task.sheet("")
    assert page["rater"] == "anna"
    assert [one[1] for one in page["questions"][1]["choices"]] == [
        "chip", "dent", "good", "scratch", "cannot tell"
    ]  # fmt: skip
    assert page["questions"][1]["ask"] == "What do you see?"
    assert len(page["items"]) >= 12
    for item in page["items"]:
        shown = task.media(item["id"])
        assert item["picture"]
        assert shown is not None
        assert shown.kind == "image/png"
        assert shown.data.startswith(b"\x89PNG")
        task.save("anna", item["id"], said("real", "good", 5))
    with pytest.raises(UsageError, match="answers of 'anna'"):
        task.save("bob", page["items"][0]["id"], said("real", "good", 5))
    parents = [one for one in review_results(folder).results.groups if one.kind == "parent"]
    assert parents[0].taken_for_real.value == 1


def test_a_damaged_file_of_answers_is_said(fresh: Path) -> None:
    """What is no SQLite file, or one of a later version, is left as it is."""
    file = fresh / "review.sqlite"
    file.write_bytes(b"no base at all, but long enough to be looked at" * 20)
    with pytest.raises(UsageError, match="cannot be used"):
        open_review(fresh)
    file.unlink()
    base = sqlite3.connect(file)
    base.execute("PRAGMA user_version = 9")
    base.close()
    with pytest.raises(UsageError, match="version 9"):
        review_results(fresh)


def _cli(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does."""
    code = "from augmentor.cli.main import entry; entry()"
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_verb_prints_results(
    fresh: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables for people, one JSON document for programs; mistakes end with 2, want of answers 1."""

    def verb(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["augmentor", "review", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            entry()
        text = capsys.readouterr()
        assert "Traceback" not in text.err
        return int(stop.value.code or 0), text.out, text.err

    assert verb(fresh, "--report")[0] == 2  # nobody answered
    fill(fresh, lambda one: one.target != "en", ["anna", "bob"])
    code, out, err = verb(fresh, "--report")
    assert code == 0
    for word in ("vehicle noise", "taken for real", "alpha", "estoi", "all  "):
        assert word in out
    assert "anna" in err
    code, out, _ = verb(fresh, "--report", "--json")
    document = json.loads(out)
    assert code == 0
    assert {"groups", "agreement", "raters", "calibration", "metric"} <= document.keys()
    assert [one["alpha"]["value"] for one in document["agreement"]][1:] == [1, 1]
    assert document["agreement"][0]["alpha"]["value"] is None  # all said made
    recipe = fresh.parent.parent / "recipe.yaml"
    code, _, err = verb(fresh, "--calibrate", recipe, "-o", recipe.with_name("people.yaml"))
    assert (code, "of both needed" in err) == (1, True)
    for wrong in ((), (fresh, "--tag", "x.csv"), ("--tag", "x.csv"), (fresh, "--pack"),
                  (fresh, "--calibrate", recipe), (fresh, "--host", "0.0.0.0"),
                  (fresh / "data",), (fresh, "--rater", " \n")):  # fmt: skip
        assert verb(*wrong)[0] == 2, wrong


def test_the_verb_needs_no_server_for_help() -> None:
    """Help is there before any of the framework is."""
    done = _cli("review", "--help")
    assert done.returncode == 0
    assert "--tag TABLE" in done.stdout
