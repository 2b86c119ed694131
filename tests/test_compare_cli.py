"""`augmentor compare` as a user types it: one table or several, targets, neighbours, exit codes."""

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from test_audit_compare import pair
from test_audit_show import cells

import augmentor
from augmentor.api.comparing import tables_of
from augmentor.audit.comparing.compare import compare
from augmentor.audit.show.compared import comparison_table
from augmentor.cli.main import entry
from augmentor.core.errors import UsageError
from benchmarks.guards import World, tables


class Done(NamedTuple):
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str


@pytest.fixture
def says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """Return the command line, in a folder with three runs before and three after."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(4)
    ease = {tag: rng.random(300) for tag in ("car", "train", "cafe")}
    rates = {"base": (0.6, 0.7, 0.8), "new": (0.9, 0.7, 0.4)}
    for arm, wanted in rates.items():
        Path(arm).mkdir()
        for run in range(3):
            rows = []
            for (tag, some), rate in zip(ease.items(), wanted, strict=True):
                right = some + rng.normal(0, 0.03, len(some)) < rate
                said = ["yes" if one else "no" for one in right]
                rows += [(f"{tag}{at}", "yes", one, tag) for at, one in enumerate(said)]
            with Path(arm, f"seed{run}.csv").open("w", newline="") as file:
                csv.writer(file).writerows([("id", "target", "prediction", "tags"), *rows])

    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["augmentor", "compare", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            entry()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Done(int(stop.value.code or 0), out, err)

    return run


def test_ways_to_give_several_tables(says: Callable[..., Done]) -> None:
    """A folder, a pattern, one more after the other: all mean the same."""
    ways = [
        ("base", "new"),
        ("base/*.csv", "new/seed?.csv"),
        ("base/seed0.csv", "new", "--before", "base/seed1.csv", "--before", "base/seed2.csv"),
        tuple(
            word
            for arm, option in (("base", "--before"), ("new", "--after"))
            for run in range(3)
            for word in (option, f"{arm}/seed{run}.csv")
        ),
    ]
    found = [says(*way, "--json") for way in ways]
    assert {one.code for one in found} == {1}
    documents = [json.loads(one.out) for one in found]
    assert documents[0]["seeds"] == {"before": 3, "after": 3}
    assert all(one == documents[0] for one in documents)
    assert [one["verdict"] for one in documents[0]["tags"]] == ["rose", "cannot tell", "fell"]
    assert documents[0]["fell"] == ["cafe"]


def test_what_is_printed(says: Callable[..., Done]) -> None:
    done = says("base", "new", "--target", "car", "--target", "train", "--family", "m=car,train",
                "-o", "page")  # fmt: skip
    header, _, *rows = done.out.splitlines()
    assert "sd of runs before" in header
    assert rows[0].startswith("car \N{UPWARDS ARROW}")
    assert rows[4] == ""
    assert rows[5].startswith("car +")
    assert "; neighbours: train " in rows[5]
    assert "method: Student's t over runs" in done.err
    assert "target: did not rise: train" in done.err
    assert "guard: fell: cafe" in done.err
    assert "note:" not in done.err
    page = Path("page/report.html").read_text()
    assert "The rubber sheet" in page
    assert says("base", "new", "--guard", "car").code == 0


def test_one_table_each_warns(says: Callable[..., Done]) -> None:
    done = says("base/seed0.csv", "new/seed0.csv")
    assert "note: one table before and one after" in done.err
    assert "McNemar" in done.err
    assert "sd of runs" not in done.out


def test_a_fall_that_may_be_within_the_margin_is_said(says: Callable[..., Done]) -> None:
    done = says("base/seed0.csv", "new/seed0.csv", "--margin", "0.38", "--guard", "cafe")
    assert (done.code, "perhaps by less than the margin: cafe" in done.err) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("base/seed0.csv",), "expected BEFORE and AFTER"),
        (("--before", "base/seed0.csv"), "expected BEFORE and AFTER"),
        (("base/seed0.csv", "base/seed1.csv", "new/seed0.csv"), "which are before, which after"),
        (("base", "nowhere/*.csv"), "nowhere/*.csv  no file has a name like that"),
        (("base", "nowhere.csv"), "nowhere.csv  no such file"),
        (("base", "."), ".  a folder without tables"),
        (("base", "new", "--before", "base/seed1.csv"), "base/seed1.csv  given twice"),
        (("base", "new", "--target", "cra"), "did you mean 'car'?"),
        (("base", "new", "--family", "car"), "write NAME=TAG,TAG"),
        (("base", "new", "--neighbours", "none.csv"), "none.csv  no such file"),
    ],
)
def test_mistakes(says: Callable[..., Done], arguments: tuple[str, ...], said: str) -> None:
    done = says(*arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_summary_has_no_pairs(says: Callable[..., Done]) -> None:
    Path("summary.csv").write_text("tag,accuracy,baseline,share\ncar,90,95,50\n")
    done = says("base", "summary.csv")
    assert done.code == 2
    assert "summary.csv is a summary; to compare, give a table with a row an example" in done.err


def test_the_python_face(says: Callable[..., Done]) -> None:
    assert says("base", "new").code == 1
    found = augmentor.compare_tables(
        "base", ["new/seed0.csv", Path("new/seed1.csv")], targets=["car"], families=["m=car,train"]
    )
    assert found.seeds == {"before": 3, "after": 2}
    assert [one.tag for one in found.neighbours] == ["car"]
    assert [file.name for file in tables_of("base")] == ["seed0.csv", "seed1.csv", "seed2.csv"]
    with pytest.raises(UsageError, match="given twice"):
        tables_of(["base", "base/../base/seed0.csv"])


def test_a_comparison_as_printed() -> None:
    before, after = pair([(["car"], 50, 40, 0, 10)])
    shown = comparison_table(compare(before, after, guard=[], targets=["car"]))
    assert cells(shown, "tag", "n", "before", "after", "change", "broken", "mended", "p") == [
        ["car ↑", "100", "90.0 %", "50.0 %", "-40.00", "40", "0", "<0.001"],
        ["overall", "100", "90.0 %", "50.0 %", "-40.00", "40", "0", "<0.001"],
    ]
    assert cells(shown, "verdict") == [["fell (not guarded)"]] * 2
    back = comparison_table(compare(after, before))
    assert cells(back, "change", "verdict") == [["+40.00", "rose"]] * 2
    assert "before (1 - WER)" in comparison_table(compare(before, after, metric="wer")).header


def test_runs_are_printed_with_their_deviation() -> None:
    old, new = tables(World(runs=(2, 1), run=0.5, size=50, tags=2), 1)
    shown = comparison_table(compare(old, new))
    (before, after), *_ = cells(shown, "sd of runs before", "sd of runs after")
    assert float(before) > 0
    assert after == "-"
