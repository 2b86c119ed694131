"""The performance audit: a verdict says no more than so many examples can bear."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from audit_tables import table_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from sklearn.metrics import f1_score, precision_score, recall_score
from statsmodels.stats.proportion import proportion_confint

from augmentor.api.check_pages import checks_section
from augmentor.api.checking import check_table
from augmentor.audit.checks.exact import exact_ends, needed
from augmentor.audit.checks.run import Checked, Finding
from augmentor.audit.figures.intervals import wilson
from augmentor.audit.show.checked import checks_table, checks_tables
from augmentor.audit.slices.find import find_slices, members
from augmentor.audit.tables.facts import Facts
from augmentor.audit.tables.raw import ErrorTable
from augmentor.core.coded import Coded
from augmentor.core.errors import UsageError
from augmentor.report.model import Page
from augmentor.report.page import render

CLASSES = ("hernia", "mass", "normal")


def run(folder: Path, table: ErrorTable, *checks: str, **more: Any) -> Checked:
    """Run checks, each written as ``name: c, ...`` or without a name."""
    text = "augmentor-audit: 1\nchecks:\n"
    for at, check in enumerate(checks):
        named = check if "name:" in check else f"name: c{at}, {check}"
        text += f"  - {{{named}}}\n"
    path = folder / "audit.yaml"
    path.write_text(text)
    return check_table(table, path, **more)


def one(folder: Path, table: ErrorTable, check: str, **more: Any) -> Finding:
    return run(folder, table, check, **more).findings[0]


def rows(pairs: list[tuple[str, str]], **more: Any) -> ErrorTable:
    """Build a table without tags from (target, prediction)."""
    others = {name: Coded.of(cells) for name, cells in more.pop("others", {}).items()}
    return ErrorTable(
        ids=[f"r{at}" for at in range(len(pairs))],
        targets=[target for target, _ in pairs],
        predictions=[answer for _, answer in pairs],
        tag_names=more.pop("tag_names", ()),
        tags=more.pop("tags", np.zeros((len(pairs), 0), dtype=np.bool_)),
        others=others,
        **more,
    )


class TestVerdict:
    """Pass, fail, or cannot tell."""

    @pytest.mark.parametrize(
        ("right", "wrong", "asked", "verdict"),
        [
            (96, 4, "at least: 0.9", "pass"),
            (93, 7, "at least: 0.9", "cannot tell"),
            (85, 15, "at least: 0.9", "cannot tell"),
            (80, 20, "at least: 90 %", "fail"),
            (80, 20, "at most: 0.9", "pass"),
            (96, 4, "at most: 0.9", "fail"),
        ],
    )
    def test_the_end_in_the_way_decides(
        self, tmp_path: Path, right: int, wrong: int, asked: str, verdict: str
    ) -> None:
        """All of what the value may be lies on one side of the bound, or nothing is said."""
        found = one(tmp_path, table_of([([], right, wrong)]), f"metric: accuracy, {asked}")
        assert found.verdict == verdict
        low, high = proportion_confint(right, right + wrong, alpha=0.1, method="beta")
        assert (found.judged.low, found.judged.high) == pytest.approx((low, high))
        assert found.judged.value == right / 100
        assert (found.judged.needed_n is None) == (verdict != "cannot tell")

    def test_a_verdict_is_wrong_in_5_percent_at_most(self) -> None:
        """Summed over all tables that may be drawn at the bound itself, where Wilson is not."""
        worst = worst_of_wilson = 0.0
        for n in (5, 20, 50, 200):
            hits = np.arange(n + 1)
            for rate in (0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99):
                chance = binom.pmf(hits, n, rate)
                for ends, of_wilson in ((exact_ends, False), (wilson, True)):
                    low, high = ends(hits, np.full(n + 1, n), 0.9)
                    wrong = max(chance[low > rate].sum(), chance[high < rate].sum())
                    if of_wilson:
                        worst_of_wilson = max(worst_of_wilson, wrong)
                    else:
                        worst = max(worst, wrong)
        assert worst <= 0.05
        assert worst_of_wilson > 0.15

    @pytest.mark.parametrize(("value", "verdict"), [(0, "pass"), (1, "fail")])
    def test_never_is_about_these_examples(self, tmp_path: Path, value: int, verdict: str) -> None:
        """No number of examples proves a rate of 0: it is said of the table and of no more."""
        table = table_of([([], 1000 - value, value)])
        found = one(tmp_path, table, "metric: error rate, at most: 0")
        assert found.verdict == verdict
        always = one(tmp_path, table, "metric: accuracy, at least: 100 %")
        assert always.verdict == verdict
        if not value:
            assert found.judged.notes == (
                "said of these 1,000 alone; in others it may be up to 0.299 %",
            )
            assert "down to 99.7 %" in always.judged.notes[0]

    def test_undefined_is_no_verdict(self, tmp_path: Path) -> None:
        """0/0 is said for what it is."""
        table = rows([("mass", "mass"), ("mass", "hernia")])
        found = one(tmp_path, table, "metric: recall, class: hernia, at least: 0.5")
        assert (found.verdict, found.judged.value, found.judged.n) == ("cannot tell", None, 0)
        assert found.judged.notes == ("undefined (0/0): no example is 'hernia'",)

    @settings(deadline=None, max_examples=60)
    @given(
        st.integers(0, 60), st.integers(1, 60), st.floats(0.02, 0.98), st.sampled_from([">=", "<="])
    )
    def test_a_verdict_follows_its_ends(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        right: int,
        wrong: int,
        bound: float,
        sign: str,
    ) -> None:
        """Pass and fail never lie on the other side of what was found."""
        key = "at least" if sign == ">=" else "at most"
        found = one(
            tmp_path_factory.mktemp("law"), table_of([([], right, wrong)]),
            f"metric: accuracy, {key}: {bound:.6f}",
        )  # fmt: skip
        value, bound = found.judged.value or 0.0, found.check.bound
        better = value >= bound if sign == ">=" else value <= bound
        assert found.verdict != ("fail" if better else "pass")
        assert (found.judged.low or 0) <= value <= (found.judged.high or 0)


class TestNeeded:
    """How many examples would tell."""

    @pytest.mark.parametrize(
        ("rate", "bound"),
        [(1, 0.95), (0.99, 0.95), (0.9, 0.8), (0.7, 0.8), (0, 0.01), (0.05, 0.01)],
    )
    def test_so_many_tell(self, rate: float, bound: float) -> None:
        """With them the power is 80 % or more, with a tenth less it is not."""

        def power(n: int) -> float:
            hits = np.arange(n + 1)
            low, high = exact_ends(hits, np.full(n + 1, n), 0.9)
            told = low >= bound if rate > bound else high <= bound
            return float(binom.pmf(hits, n, rate)[told].sum())

        n = needed(rate, bound, 0.95)
        assert n is not None
        assert power(n) >= 0.8
        assert power(int(0.9 * n)) < 0.8

    def test_none_tells_a_rate_from_itself(self, tmp_path: Path) -> None:
        """A value on the bound stays there."""
        assert needed(0.5, 0.5, 0.95) is None
        found = one(tmp_path, table_of([([], 9, 1)]), "metric: accuracy, at least: 0.9")
        assert "no number of examples would tell" in found.judged.notes[0]
        assert found.judged.needed_n is None

    def test_it_is_said(self, tmp_path: Path) -> None:
        """The rule of three: 59 right answers in a row are 95 %."""
        found = one(tmp_path, table_of([([], 20, 0)]), "metric: accuracy, at least: 0.95")
        assert (found.verdict, found.judged.needed_n) == ("cannot tell", 59)
        assert found.judged.notes == ("needs about 59 examples",)
        assert (
            one(tmp_path, table_of([([], 59, 0)]), "metric: accuracy, at least: 0.95").verdict
            == "pass"
        )
        assert (
            one(tmp_path, table_of([([], 58, 0)]), "metric: accuracy, at least: 0.95").verdict
            != "pass"
        )


class TestMetrics:
    """What is measured, and where."""

    def test_classes_as_scikit_learn_counts_them(self, tmp_path: Path) -> None:
        """Precision, recall, F1, false positive rate and selection rate of a class."""
        rng = np.random.Generator(np.random.Philox(key=3))
        target = rng.choice(CLASSES, 200, p=[0.1, 0.2, 0.7])
        answer = np.where(rng.random(200) < 0.7, target, rng.choice(CLASSES, 200))
        table = rows(list(zip(target.tolist(), answer.tolist(), strict=True)))
        names = ("precision", "recall", "F1", "false positive rate", "selection rate")
        checks = [f"metric: {name}, class: hernia, at least: 0.5" for name in names]
        found = [one.judged for one in run(tmp_path, table, *checks).findings]
        how = {"labels": ["hernia"], "average": None}
        rest = target != "hernia"
        expected = [
            precision_score(target, answer, **how)[0], recall_score(target, answer, **how)[0],
            f1_score(target, answer, **how)[0], np.mean(answer[rest] == "hernia"),
            np.mean(answer == "hernia"),
        ]  # fmt: skip
        assert [one.value for one in found] == pytest.approx(expected)
        taken, is_it = answer == "hernia", target == "hernia"
        sizes = [taken.sum(), is_it.sum(), (taken | is_it).sum(), rest.sum(), 200]
        assert [one.n for one in found] == sizes
        assert all(one.low <= one.value <= one.high for one in found)

    def test_the_interval_of_f1(self) -> None:
        """Hits among all that are or were taken for the class are binomial, and F1 follows them."""
        rng = np.random.Generator(np.random.Philox(key=4))
        hits, alarms, missed = 0.12, 0.03, 0.08
        truth = 2 * hits / (2 * hits + alarms + missed)
        drawn = rng.multinomial(100, [hits, alarms, missed, 1 - hits - alarms - missed], 4000)
        low, high = exact_ends(drawn[:, 0], drawn[:, :3].sum(axis=1), 0.9)
        assert np.mean(2 * low / (1 + low) > truth) <= 0.05
        assert np.mean(2 * high / (1 + high) < truth) <= 0.05

    def test_words_count_by_speaker(self, tmp_path: Path) -> None:
        """A word error rate is as sure as there are speakers, whatever they said."""
        said = [("a b c d", "a b c d" if at % 2 else "a b c x") for at in range(40)]
        alone = one(tmp_path, rows(said), "metric: wer, at most: 0.2").judged
        speakers = [f"s{at // 10}" for at in range(40)]
        spoken = rows(said, groups=speakers)
        clustered = one(tmp_path, spoken, "metric: wer, at most: 0.2").judged
        assert alone.value == clustered.value == 0.125
        assert alone.low is not None
        assert (clustered.low, clustered.high) != (alone.low, alone.high)
        single = one(tmp_path, rows(said, groups=["s"] * 40), "metric: wer, at most: 0.2")
        assert (single.verdict, single.judged.low) == ("cannot tell", None)
        assert "one speaker alone says nothing" in single.judged.notes[0]

    def test_tag_and_slice_narrow_the_rows(self, tmp_path: Path) -> None:
        """A check with both is about the rows with both."""
        table = rows(
            [("a", "a"), ("a", "b"), ("a", "a"), ("a", "b")],
            others={"snr_db": ["0", "0", "20", "20"]},
            tag_names=("car",), tags=np.array([[1], [1], [1], [0]], dtype=np.bool_),
        )  # fmt: skip
        found = run(
            tmp_path, table,
            "metric: accuracy, tag: car, at least: 0.5",
            "metric: accuracy, slice: snr_db < 5, at least: 0.5",
            "metric: accuracy, tag: car, slice: snr_db < 25 & snr_db >= 5, at least: 0.5",
        )  # fmt: skip
        values = [(one.judged.n, one.judged.value) for one in found.findings]
        assert values == [(3, pytest.approx(2 / 3)), (2, 0.5), (1, 1.0)]

    def test_normalised_text_is_compared(self, tmp_path: Path) -> None:
        """Classes and answers are made alike in the same way."""
        table = rows([("Hernia", "hernia"), ("mass", "Mass")])
        check = "metric: recall, class: HERNIA, at least: 0.5"
        assert one(tmp_path, table, check, normalize="basic").judged.value == 1

    def test_tags_of_errors_alone_tell_nothing(self, tmp_path: Path) -> None:
        """Where people tagged only some rows, a tag's accuracy is not known."""
        table = table_of([(["car"], 0, 5), ([], 5, 0)], looked_at=np.arange(10) < 5)
        found = one(tmp_path, table, "metric: accuracy, tag: car, at least: 0.9")
        assert found.verdict == "cannot tell"
        assert found.judged.notes == ("tags were looked for in only 5 of 10 examples",)
        assert one(tmp_path, table, "metric: accuracy, at least: 0.1").verdict == "pass"


class TestOut:
    """What leaves the audit."""

    CHECKS = (
        "name: right, why: it must be, metric: accuracy, at least: 0.5, signed off by: J. Doe",
        "name: alike, metric: accuracy, between: [car, train], difference: 5 %",
        "name: too good, metric: accuracy, at least: 0.99",
    )

    def found(self, folder: Path) -> Checked:
        return run(folder, table_of([(["car"], 95, 5), (["train"], 70, 30)]), *self.CHECKS)

    def test_the_exit_code_and_the_unsigned(self, tmp_path: Path) -> None:
        """1 as soon as a check fails, and who signed nothing is named."""
        found = self.found(tmp_path)
        assert [one.verdict for one in found.findings] == ["pass", "fail", "fail"]
        assert found.exit_code == 1
        assert found.unsigned == ["alike", "too good"]
        good = run(tmp_path, table_of([([], 95, 5)]), self.CHECKS[0])
        assert (good.exit_code, good.unsigned) == (0, [])
        unsure = run(tmp_path, table_of([([], 1, 0)]), self.CHECKS[0])
        assert (unsure.exit_code, unsure.named("cannot tell")) == (0, ["right"])

    def test_json_has_stable_keys(self, tmp_path: Path) -> None:
        """Everything is plain JSON, under keys that stay."""
        found = json.loads(json.dumps(self.found(tmp_path).to_json(), allow_nan=False))
        assert list(found) == ["file", "passed", "failed", "cannot_tell", "unsigned", "checks"]
        assert list(found["checks"][1]) == [
            "check", "why", "signed_off_by", "verdict", "metric", "class", "words", "tag", "slice",
            "between", "asked", "sign", "bound", "n", "value", "low", "high", "needed_n", "groups",
            "lowest", "highest", "notes", "examples",
        ]  # fmt: skip
        assert found["checks"][1]["groups"][1] == {
            "group": "train", "n": 100, "value": 0.7,
            "interval": pytest.approx([0.6041, 0.7810], abs=1e-4),
        }  # fmt: skip
        assert (found["checks"][1]["lowest"], found["checks"][1]["highest"]) == ("train", "car")
        assert found["checks"][0]["signed_off_by"] == "J. Doe"

    def test_as_text(self, tmp_path: Path) -> None:
        """Rates in per cent, differences in points, each with its ends and its size."""
        shown = checks_table(self.found(tmp_path))
        assert {len(row) for row in shown.rows} == {len(shown.header)} == {len(shown.right)}
        assert shown.rows[0][:5] == ["pass", "right", "accuracy", ">= 50 %", "82.5 %"]
        assert shown.rows[0][6:] == ["200", "J. Doe", "-"]
        assert shown.rows[1][2:5] == [
            "accuracy, between car, train", "difference <= 5 points", "25.00",
        ]  # fmt: skip
        assert shown.rows[1][7:] == ["unsigned", "lowest train, highest car"]
        titles = [title for title, _ in checks_tables(self.found(tmp_path))]
        assert titles == ["checks", "alike"]

    def test_as_a_page(self, tmp_path: Path) -> None:
        """Verdicts are marked, and what a file says is text."""
        table = table_of([(["car"], 95, 5), (["train"], 70, 30)])
        check = "name: '<script>x</script>', metric: accuracy, between: [car, train], ratio: 0.9"
        section = checks_section(run(tmp_path, table, *self.CHECKS, check))
        assert list(section.blocks[0].marks) == ["good", "bad", "bad", "bad"]
        assert "1 passed, 3 failed, 0 cannot be told" in section.lead
        html = render(Page("t", [], [section]))
        assert "<script>x" not in html
        assert "&lt;script&gt;x" in html

    def test_a_summary_is_refused(self, tmp_path: Path) -> None:
        """A row a tag is not enough."""
        with pytest.raises(UsageError, match="a row an example"):
            check_table(None, tmp_path / "audit.yaml")


class TestFacts:
    """Columns as slices."""

    def table(self, n: int = 80) -> ErrorTable:
        values = [str(at % 40) for at in range(n)]
        return rows(
            [("a", "a")] * n, groups=[f"s{at // 20}" for at in range(n)], splits=["dev"] * n,
            others={
                "snr_db": values, "level": [str(at % 3) for at in range(n)], "free": values,
                "text": [f"t{at}" for at in range(n)], "gap": ["", "x"] * (n // 2),
            },
        )  # fmt: skip

    def test_numbers_and_text(self) -> None:
        """Any threshold may be asked of numbers, few or many; a row without a value is in none."""
        facts = Facts(self.table())
        assert members("level < 1", facts).sum() == 27
        assert members("level=1", facts).sum() == 27
        assert members("snr_db >= 20 & gap=x", facts).sum() == 20
        assert members("speaker=s1 & split=dev", facts).sum() == 20
        assert facts["level"].names == ("level=0", "level=1", "level=2")
        assert facts["gap"].codes.min() == -1

    def test_what_may_be_searched(self) -> None:
        """Text that is new in every row is no slice."""
        columns = Facts(self.table(1200)).searchable()
        assert set(columns) - {"split"} == {"snr_db", "level", "free", "gap", "group"}
        wrong = np.arange(1200) % 3 == 1
        best = find_slices(columns, wrong.astype(np.float64)).rows[0]
        assert best.expression == "level=1"
