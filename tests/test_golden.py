"""The lecture's tables, from files, through the command line, to the printed digit."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from augmentor.audit.priorities.adding import of_all
from augmentor.cli.main import cli

GOLDEN = Path(__file__).parent / "golden"


def audit(name: str, *more: str) -> dict[str, Any]:
    """Return the JSON of ``augmentor audit NAME ... --json``."""
    found: dict[str, Any] = json.loads(printed(name, *more, "--json"))
    return found


def printed(name: str, *more: str) -> str:
    done = CliRunner().invoke(cli, ["audit", str(GOLDEN / name), *more], standalone_mode=False)
    assert done.exception is None, done.output
    return done.stdout


def by_tag(found: dict[str, Any], key: str) -> dict[str, Any]:
    return {row["tag"]: row[key] for row in found["tags"]}


def percent(value: float) -> float:
    return round(100 * value, 1)


@pytest.mark.parametrize(
    "name",
    [
        "error_examples.csv", "error_examples.jsonl", "error_examples_marks.csv",
        # A sheet with check marks, as LibreOffice 7.4 exports it.
        "libreoffice_semicolon.csv", "libreoffice_comma.csv",
    ],
)  # fmt: skip
def test_error_examples(name: str) -> None:
    """Share of errors per tag, 175 % in all; word errors by row, pooled and per tag."""
    shares = by_tag(audit(name), "error_share_frac")
    assert shares == {"car": 0.5, "people": 0.75, "low bandwidth": 0.5}
    assert sum(shares.values()) == 1.75
    found = audit(name, "--metric", "wer")
    whole = found["overall"]
    assert (whole["errors"], whole["error_rate"]) == (6, 0.5)
    parts = (whole["substitutions"], whole["deletions"], whole["insertions"])
    assert parts == (5, 1, 0)
    rates = by_tag(found, "error_rate")
    assert {tag: percent(rate) for tag, rate in rates.items()} == {
        "car": 42.9, "people": 62.5, "low bandwidth": 60.0,
    }  # fmt: skip
    assert by_tag(found, "errors") == {"car": 3, "people": 5, "low bandwidth": 3}
    characters = audit(name, "--metric", "cer")["overall"]
    assert (characters["errors"], percent(characters["error_rate"])) == (16, 23.2)


def test_a_byte_order_mark_is_no_letter(tmp_path: Path) -> None:
    """LibreOffice's export again, with the mark that other offices put before it."""
    for name in ("libreoffice_semicolon.csv", "libreoffice_comma.csv"):
        path = tmp_path / name
        path.write_bytes(b"\xef\xbb\xbf" + (GOLDEN / name).read_bytes())
        assert audit(str(path), "--metric", "wer") == audit(name, "--metric", "wer")


def test_four_tag_metrics(tmp_path: Path) -> None:
    """12 of 100 and 18 of 100, with their Wilson intervals, and the identity of the four."""
    table = tmp_path / "t.csv"
    rows = [f"{i},x,{'y' if i < 12 else 'x'},a" for i in range(100)]
    rows += [f"{i},x,{'y' if i < 118 else 'x'},b" for i in range(100, 200)]
    table.write_text("id,target,prediction,tags\n" + "\n".join(rows) + "\n")
    found = audit(str(table))
    ends = {tag: [percent(end) for end in two] for tag, two in by_tag(found, "interval").items()}
    assert ends == {"a": [7.0, 19.8], "b": [11.7, 26.7]}
    for row in found["tags"]:
        left = row["error_share_frac"] * found["overall"]["error_rate"]
        assert left == pytest.approx(row["error_rate"] * row["share_frac"])


def test_prioritising() -> None:
    """Gaps 1, 4, 2, 0; gains 0.60, 0.16, 0.60, 0, 1.36 in all; clean and people tie."""
    found = audit("priorities.csv")
    gaps = {tag: round(100 * gap, 2) for tag, gap in by_tag(found, "gap").items()}
    assert gaps == {"clean": 1, "car noise": 4, "people noise": 2, "low bandwidth": 0}
    gains = {tag: round(100 * gain, 2) for tag, gain in by_tag(found, "potential_gain").items()}
    assert gains == {"clean": 0.6, "car noise": 0.16, "people noise": 0.6, "low bandwidth": 0}
    assert round(100 * found["union_gain"], 2) == 1.36
    whole = found["overall"]
    assert round(100 * whole["accuracy"], 2) == 90.26
    assert round(100 * whole["baseline"], 2) == 91.62
    assert round(100 * whole["gap"], 2) == 1.36
    assert by_tag(found, "rank") == {
        "clean": 1, "people noise": 1, "car noise": 3, "low bandwidth": 4,
    }  # fmt: skip
    more = ("--importance", "people noise=2", "--ease", "clean=50%")
    assert by_tag(audit("priorities.csv", *more), "rank")["people noise"] == 1
    assert by_tag(audit("priorities.csv", *more), "rank")["clean"] == 2
    assert "1=  clean" in printed("priorities.csv")


def test_the_second_printing_contradicts_itself() -> None:
    """All three contradictions are told, each with the recomputed value."""
    found = audit("priorities_second_printing.csv")
    said = " ".join(found["warnings"])
    assert "'car noise': printed gap 4.00 points, but its row gives 9.00" in said
    assert "'people noise': printed gap 2.00 points, but its row gives -3.00" in said
    assert "shares sum to 136.0 %: this is right only if tags overlap" in said
    assert round(100 * by_tag(found, "gap")["people noise"], 2) == -3
    assert by_tag(found, "potential_gain")["people noise"] == 0


def test_confusion_matrix() -> None:
    found = audit("confusion.csv")
    classes = found["classes"]
    assert classes["confusion"] == [[905, 9], [18, 68]]
    one = classes["classes"][1]
    shown = {key: round(100 * one[key], 2) for key in ("precision", "recall", "f1")}
    assert shown == {"precision": 88.31, "recall": 79.07, "f1": 83.44}
    assert [round(100 * end, 2) for end in one["precision_interval"]] == [79.25, 93.73]
    assert [round(100 * end, 2) for end in one["recall_interval"]] == [69.32, 86.33]
    assert (found["overall"]["accuracy"], round(classes["mcc"], 3)) == (0.973, 0.821)


def test_print_zero() -> None:
    """Accuracy 91.4; precision undefined; recall 0, 4.3 at most; balanced 50; MCC 0."""
    found = audit("print_zero.csv")
    classes = found["classes"]
    one = classes["classes"][1]
    assert found["overall"]["accuracy"] == 0.914
    assert (one["precision"], one["recall"]) == (None, 0)
    assert [percent(end) for end in one["recall_interval"]] == [0, 4.3]
    assert (classes["balanced_accuracy"], classes["mcc"]) == (0.5, 0)
    assert "undefined" in printed("print_zero.csv", "--classes")


def test_f1() -> None:
    rows = audit("f1.csv")["classes"]["classes"]
    assert [percent(row["f1"]) for row in rows] == [83.4, 13.6]


def test_defect_classes() -> None:
    """Discoloration first; both means of F1, each named; micro and weighted refused."""
    classes = audit("defect_classes.csv")["classes"]
    f1 = {row["name"]: percent(row["f1"]) for row in classes["classes"]}
    assert f1 == {"scratch": 89.8, "dent": 95.7, "pit mark": 91.5, "discoloration": 82.7}
    assert classes["worst"] == "discoloration"
    macro, micro, weighted = classes["averages"]
    assert (percent(macro["precision"]), percent(macro["recall"])) == (82.9, 98.6)
    assert (percent(macro["mean_of_f1"]), percent(macro["f1_of_means"])) == (89.9, 90.1)
    assert micro["refused"]
    assert weighted["refused"]
    text = printed("defect_classes.csv")
    assert "macro F1 is the mean of the F1s; the F1 of the means is 90.1 %" in text


def test_rare_classes() -> None:
    found = audit("rare_classes.csv")
    assert found["metric"] == "auroc"
    assert (
        "mean auroc of 4 tags, each counting alike: 0.896; the lowest is hernia, 0.851"
        in (found["warnings"])
    )


def test_adding_data() -> None:
    """From 20 to 50 % of a set of N means adding 0.6 N; in general N (q - p) / (1 - q)."""
    found = audit("cafe.csv", "--raise", "cafe noise=50%")["adding"]
    assert [(one["of_all_frac"], one["examples"]) for one in found] == [(0.6, 600)]
    assert "add 0.6 of what there is now: 600 examples" in printed(
        "cafe.csv", "--raise", "cafe noise=50 %"
    )
    for n, p, q in ((1000, 0.2, 0.5), (700, 0.1, 0.3), (40, 0.0, 0.5)):
        more = of_all(p, q) * n
        assert (p * n + more) / (n + more) == pytest.approx(q)
