"""What `augmentor audit` makes of one table, wherever its baseline, tags and splits come from."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn import metrics as sklearn

from augmentor.api import audit_table
from augmentor.audit.priorities.ranking import TagRow
from augmentor.cli.main import cli
from augmentor.core.errors import UsageError


def write(folder: Path, lines: list[str], name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def rows_of(path: Path, **more: Any) -> dict[str, TagRow]:
    return {row.tag: row for row in audit_table(path, **more).ranking.rows}


def said(path: Path, *more: str) -> str:
    done = CliRunner().invoke(cli, ["audit", str(path), *more], standalone_mode=False)
    assert done.exception is None, (done.exception, done.output)
    return done.output


def chance(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def test_an_older_system_is_a_baseline(tmp_path: Path) -> None:
    """Another column of answers, named as what it is."""
    lines = ["id,target,prediction,tags,v1", "1,x,y,a,x", "2,x,x,a,x", "3,x,x,a,y", "4,x,y,b,y"]
    rows = rows_of(write(tmp_path, lines), baseline="column:v1")
    assert (rows["a"].baseline, rows["a"].baseline_source) == (pytest.approx(2 / 3), "v1")
    assert (rows["a"].gap, rows["b"].gap) == (pytest.approx(0), pytest.approx(0))
    with pytest.raises(UsageError, match="no column 'v2' for the baseline_prediction"):
        rows_of(tmp_path / "t.csv", baseline="column:v2")


def test_annotators_are_a_human_level(tmp_path: Path) -> None:
    """Each against the target; its count says from how many answers it comes."""
    lines = ["id,target,prediction,tags,annotator anna,annotator bert"]
    lines += [
        f"{i},x,{'y' if i % 2 else 'x'},a,x,{'y' if i % 10 == 0 else 'x'}" for i in range(100)
    ]
    row = rows_of(write(tmp_path, lines), baseline="human")["a"]
    assert row.baseline == pytest.approx(0.95)
    assert row.baseline_source is not None
    assert "human" in row.baseline_source
    low, high = row.gap_interval
    assert low < row.gap < high
    with pytest.raises(UsageError, match="has no annotators"):
        rows_of(
            write(tmp_path, ["id,target,prediction,tags", "1,x,x,a"], "u.csv"), baseline="human"
        )


def test_the_best_slice_is_a_baseline(tmp_path: Path) -> None:
    """The tag that is surely best, not the luckiest of few."""
    lines = ["id,target,prediction,tags"]
    lines += [f"g{i},x,{'y' if i < 5 else 'x'},good" for i in range(200)]
    lines += [f"b{i},x,{'y' if i < 60 else 'x'},bad" for i in range(200)]
    lines += ["l1,x,x,lucky", "l2,x,x,lucky"]
    rows = rows_of(write(tmp_path, lines), baseline="best slice")
    assert {row.baseline_source for row in rows.values()} == {"best slice (good)"}
    assert rows["bad"].gap == pytest.approx(0.275)
    assert rows["lucky"].gap == pytest.approx(-0.025)


def test_splits_stand_beside_the_baseline(tmp_path: Path) -> None:
    """Dev is audited; train far from the baseline asks for a model, dev far from it for data."""
    lines = ["id,target,prediction,tags,split"]
    for split, wrong in (("train", {"a": 100, "b": 0}), ("dev", {"a": 100, "b": 90})):
        for tag in "ab":
            lines += [
                f"{split}{tag}{i},x,{'y' if i < wrong[tag] else 'x'},{tag},{split}"
                for i in range(300)
            ]
    level = write(tmp_path, ["tag,human", "a,95 %", "b,99 %"], "b.csv")
    found = audit_table(write(tmp_path, lines), baseline=level)
    assert (found.split, found.ranking.n) == ("dev", 600)
    a, b, _overall = found.splits
    assert (list(a.accuracy), a.n) == (["train", "dev"], {"train": 300, "dev": 300})
    assert a.advice == "bigger model or longer training"
    assert b.advice == "more data of this kind"
    assert audit_table(tmp_path / "t.csv", split="train").ranking.overall.errors == 100
    with pytest.raises(UsageError, match="no row is in the split 'tset'"):
        audit_table(tmp_path / "t.csv", split="tset")
    assert "more data of this kind" in said(tmp_path / "t.csv", "--baseline", str(level))


def planted(folder: Path) -> Path:
    """A thousand clips by four phones; the old one fails where it is loud."""
    rng = chance(3)
    lines = ["id,target,prediction,tags,phone,snr_db"]
    for i in range(3000):
        phone = ["old", "new", "desk", "car"][rng.integers(4)]
        snr_db = rng.uniform(0, 30)
        wrong = rng.random() < (0.6 if phone == "old" and snr_db < 10 else 0.05)
        lines.append(f"{i},x,{'y' if wrong else 'x'},all,{phone},{snr_db:.1f}")
    return write(folder, lines)


def test_a_slice_nobody_tagged_is_found_and_is_a_tag(tmp_path: Path) -> None:
    path = planted(tmp_path)
    slices = audit_table(path, find=True).slices
    assert slices is not None
    best = slices.rows[0]
    assert best.worse
    assert "phone=old" in best.expression
    row = rows_of(path, slices=[best.expression])[best.expression]
    assert row.error_rate > 0.4
    text = said(path, "--find-slices")
    assert best.expression in text
    assert "use one as a tag with --slice" in text


def test_mistakes_in_a_slice(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="phnoe"):
        audit_table(planted(tmp_path), slices=["phnoe=old"])
    path = write(tmp_path, ["id,target,prediction,tags", "1,x,x,a"], "u.csv")
    with pytest.raises(UsageError, match="no column to find slices in"):
        audit_table(path, find=True)


def test_metrics_of_classes_per_tag_are_scikit_learns(tmp_path: Path) -> None:
    rng = chance(4)
    target = rng.integers(0, 4, 600)
    answer = np.where(rng.random(600) < 0.7, target, rng.integers(0, 4, 600))
    tag = rng.random(600) < 0.4
    lines = ["id,target,prediction,tags"]
    lines += [f"{i},c{target[i]},c{answer[i]},{'t' if tag[i] else 'u'}" for i in range(600)]
    path = write(tmp_path, lines)
    oracles = {
        "macro_f1": lambda t, p: sklearn.f1_score(t, p, average="macro"),
        "balanced_accuracy": sklearn.balanced_accuracy_score,
        "mcc": sklearn.matthews_corrcoef,
    }
    for metric, oracle in oracles.items():
        found = audit_table(path, metric=metric).ranking
        row = next(row for row in found.rows if row.tag == "t")
        assert row.accuracy == pytest.approx(oracle(target[tag], answer[tag]))
        assert found.overall.accuracy == pytest.approx(oracle(target, answer))
        assert row.interval[0] < row.accuracy < row.interval[1]
    for metric in ("precision", "recall", "f1"):
        oracle_of = getattr(sklearn, f"{metric}_score")
        row = rows_of(path, metric=metric, positive="c2")["t"]
        assert row.accuracy == pytest.approx(oracle_of(target[tag] == 2, answer[tag] == 2))
        assert row.interval[0] < row.accuracy < row.interval[1]
    with pytest.raises(UsageError, match="which class is it about"):
        rows_of(path, metric="recall")


def test_scored_tables_per_tag_are_scikit_learns(tmp_path: Path) -> None:
    rng = chance(5)
    label = rng.random(400) < 0.3
    score = np.round(rng.normal(label, 1.0), 2)
    tag = rng.random(400) < 0.5
    lines = ["id,target,tags,score"]  # scores alone: no predictions are needed
    lines += [f"{i},{int(label[i])},{'t' if tag[i] else ''},{score[i]}" for i in range(400)]
    path = write(tmp_path, lines)
    for metric, oracle in (
        ("auroc", sklearn.roc_auc_score),
        ("average_precision", sklearn.average_precision_score),
    ):
        found = audit_table(path, metric=metric, baseline=None).ranking
        assert found.rows[0].accuracy == pytest.approx(oracle(label[tag], score[tag]))
        assert found.overall.accuracy == pytest.approx(oracle(label, score))
    with pytest.raises(UsageError, match="no target is 'spam'"):
        audit_table(path, metric="auroc", positive="spam")
    with pytest.raises(UsageError, match="'prediction'"):
        audit_table(path)


def test_ranked_lists(tmp_path: Path) -> None:
    """A table of queries has lists to judge, and no tags to rank."""
    lines = ["query,item,rank,relevance,tags", "q1,a,1,1,short", "q1,b,2,0,short", "q2,c,1,0,long",
             "q2,d,2,1,long"]  # fmt: skip
    found = audit_table(write(tmp_path, lines)).to_json()
    assert found["lists"]["overall"]["measures"]["mrr"]["value"] == 0.75
    assert [one["name"] for one in found["lists"]["tags"]] == ["short", "long"]
    assert "mrr" in said(tmp_path / "t.csv")
    bad = write(tmp_path, ["query,item,rank,relevance", "q,a,x,1", "q,b,2,-1"], "bad.csv")
    with pytest.raises(UsageError) as caught:
        audit_table(bad)
    assert [problem.where.rpartition(":")[2] for problem in caught.value.problems] == ["2", "3"]


def test_normalize_is_recorded_and_changes_the_words(tmp_path: Path) -> None:
    path = write(tmp_path, ["id,target,prediction,tags", '1,"Hello, World!",hello world,a'])
    assert audit_table(path, metric="wer").ranking.overall.errors == 2
    found = audit_table(path, metric="wer", normalize="basic")
    assert (found.ranking.overall.errors, found.to_json()["normalize"]) == (0, "basic")
    with pytest.raises(UsageError, match="did you mean 'basic'"):
        audit_table(path, metric="wer", normalize="basics")


def test_out_of_fold_predictions_are_said(tmp_path: Path) -> None:
    path = write(tmp_path, ["id,target,prediction,tags,fold", "1,x,x,a,1", "2,x,y,a,2"])
    assert any("out of fold, from 2 models" in note for note in audit_table(path).warnings)


def test_labels_that_disagree_come_first(tmp_path: Path) -> None:
    """Annotators who agree on one tag and guess on the other: relabel before augmenting."""
    rng = chance(6)
    lines = ["id,target,prediction,tags,annotator a,annotator b,annotator c"]
    for i in range(300):
        tag = "clear" if i % 2 else "unclear"
        said_by = ["1"] * 3 if tag == "clear" and i % 4 == 1 else ["I"] * 3
        if tag == "unclear":
            said_by = [str(one) for one in rng.choice(["1", "I"], 3)]
        lines.append(f"{i},1,{'1' if i % 3 else 'I'},{tag},{','.join(said_by)}")
    level = write(tmp_path, ["tag,human", "clear,100 %", "unclear,100 %"], "b.csv")
    found = audit_table(write(tmp_path, lines), baseline=level)
    actions = {row.tag: row.action for row in found.ranking.rows}
    assert actions["unclear"] == "relabel"
    assert actions["clear"] != "relabel"
    assert found.labels is not None
    assert any("unclear" in problem for problem in found.labels.problems)


def test_the_json_has_the_keys_that_were_promised(tmp_path: Path) -> None:
    path = planted(tmp_path)
    done = CliRunner().invoke(cli, ["audit", str(path), "--json"], standalone_mode=False)
    found = json.loads(done.stdout)
    top = {"n", "metric", "overall", "tags", "union_gain", "classes", "warnings"}
    assert top <= found.keys()
    row = {"tag", "n", "errors", "share_frac", "error_share_frac", "error_rate", "interval",
           "baseline", "baseline_source", "gap", "potential_gain", "unique_gain", "p_adjusted",
           "score", "rank"}  # fmt: skip
    assert row <= found["tags"][0].keys()


CHECKS = """\
augmentor-audit: 1
checks:
  - name: {name}
    metric: accuracy
    tag: a
    at least: {least}
    signed off by: J. Doe
"""


@pytest.mark.parametrize(
    ("name", "least", "verdict", "code"),
    [("good", 0.5, "pass", 0), ("bad", 0.95, "fail", 1), ("close", 0.8, "cannot tell", 0)],
)
def test_checks_decide_the_exit_code(
    tmp_path: Path, name: str, least: float, verdict: str, code: int
) -> None:
    lines = [
        "id,target,prediction,tags",
        *(f"{i},x,{'y' if i < 20 else 'x'},a" for i in range(100)),
    ]
    path = write(tmp_path, lines)
    checks = tmp_path / "audit.yaml"
    checks.write_text(CHECKS.format(name=name, least=least))
    more = ["--checks", str(checks), "-o", str(tmp_path / "page")]
    done = CliRunner().invoke(cli, ["audit", str(path), *more], standalone_mode=False)
    assert (done.exception, done.return_value) == (None, code)
    assert f"{verdict}  " in done.output
    assert verdict in (tmp_path / "page/report.html").read_text()
    done = CliRunner().invoke(cli, ["audit", str(path), *more, "--json"], standalone_mode=False)
    assert json.loads(done.stdout)["checks"]["checks"][0]["verdict"] == verdict


def test_what_a_system_shows_is_checked_without_targets(tmp_path: Path) -> None:
    lines = ["id,prediction,brand", *(f"b{i},shown,big" for i in range(200)),
             *(f"s{i},hidden,small" for i in range(200))]  # fmt: skip
    path = write(tmp_path, lines)
    checks = tmp_path / "audit.yaml"
    checks.write_text(
        "augmentor-audit: 1\nchecks:\n  - name: small brands are shown\n"
        '    metric: selection rate\n    class: shown\n    between: brand\n    ratio: ">= 0.8"\n'
    )
    more = ["--checks", str(checks)]
    done = CliRunner().invoke(cli, ["audit", str(path), *more], standalone_mode=False)
    assert (done.exception, done.return_value) == (None, 1)
    assert "no column 'target'" in done.output
    with pytest.raises(UsageError, match="no column 'target'"):
        audit_table(path)


def test_a_transcript_cannot_run_code(tmp_path: Path) -> None:
    """In the page it is text, whatever it holds; nothing is loaded from outside."""
    lines = ["id,target,prediction,tags", '1,"<script>alert(1)</script>",x,"<img src=x>"',
             "2,x,x,<b>"]  # fmt: skip
    said(write(tmp_path, lines), "--baseline", "best slice", "-o", str(tmp_path / "page"))
    page = (tmp_path / "page/report.html").read_text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<img src=x" not in page
    assert "http://" not in page.replace("http://www.w3.org/", "")
    assert "https://" not in page


def test_averages_run_over_the_declared_classes(tmp_path: Path) -> None:
    """A class that no row has is undefined, left out and counted; it is no 0."""
    path = write(tmp_path, ["id,target,prediction,tags", "1,a,a,t", "2,b,a,t", "3,b,b,t"])
    found = audit_table(path, classes=["a", "b", "c"]).classes
    assert found is not None
    assert [row.recall for row in found.classes] == [1, 0.5, None]
    macro = found.averages[0]
    assert (macro.recall, macro.left_out["recall"]) == (0.75, 1)
    assert "c" in said(path, "--class", "a", "--class", "b", "--class", "c")
    with pytest.raises(UsageError, match="none of the declared classes: b"):
        audit_table(path, classes=["a"])
