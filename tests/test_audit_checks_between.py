"""Groups are said to differ, or to be alike, only as far as their sizes bear it out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame, selection_rate
from numpy.typing import NDArray
from scipy.stats import studentized_range

from augmentor.audit.checks.exact import exact_ends
from augmentor.audit.checks.fairness import Apart, largest_difference, range_z, smallest_ratio
from augmentor.audit.checks.judged import Judged
from augmentor.audit.checks.measure import Measure
from augmentor.audit.checks.run import run_checks
from augmentor.audit.figures.intervals import newcombe
from augmentor.audit.show.checked import groups_table
from augmentor.audit.tables.raw import ErrorTable
from augmentor.core.coded import Coded

Floats = NDArray[np.float64]
ALLOWED = 0.05 + 3 * (0.05 * 0.95 / 1500) ** 0.5
"""5 % of wrong ends, and what chance adds to it in 1,500 simulations."""


def random(key: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=key))


def of_counts(hits: Any, n: Any, what: Callable[..., Apart]) -> Apart:
    hits, n = np.asarray(hits, np.float64), np.asarray(n, np.float64)
    return what(hits / n, lambda level: exact_ends(hits, n, level))


def table_of_groups(counts: dict[str, tuple[int, int]], **more: Any) -> ErrorTable:
    """Build a table from group -> (right, wrong), the group in the column `accent`."""
    predictions, accent = [], []
    for name, (right, wrong) in counts.items():
        predictions += ["yes"] * right + ["no"] * wrong
        accent += [name] * (right + wrong)
    n = len(accent)
    return ErrorTable(
        ids=[f"r{at}" for at in range(n)], targets=["yes"] * n, predictions=predictions,
        tag_names=more.pop("tag_names", ()),
        tags=more.pop("tags", np.zeros((n, 0), dtype=np.bool_)),
        others={"accent": Coded.of([name or None for name in accent])}, **more,
    )  # fmt: skip


def judged(folder: Path, table: ErrorTable, check: str) -> Judged:
    path = folder / "audit.yaml"
    path.write_text(f"augmentor-audit: 1\nchecks:\n  - {{name: a, {check}}}\n")
    return run_checks(table, path).findings[0].judged


class TestEnds:
    """The interval of the largest difference, and of the smallest ratio."""

    @pytest.mark.parametrize("groups", [2, 3, 10, 100, 1000])
    def test_the_studentised_range(self, groups: int) -> None:
        """As scipy computes it."""
        expected = studentized_range.ppf(0.95, groups, np.inf) / 2**0.5
        assert range_z(groups) == pytest.approx(expected, abs=1e-6)

    @pytest.mark.parametrize(
        ("n", "rate"),
        [
            ([50, 50], [0.5, 0.5]),
            ([200, 200], [0.6, 0.4]),
            ([400, 1000], [0.02, 0.05]),
            ([20] * 20, [0.5] * 20),
            ([10, 30, 100, 1000], [0.9] * 4),
            ([200] * 5, [0.98] * 4 + [0.93]),
        ],
    )
    def test_each_end_is_wrong_in_5_percent_at_most(self, n: list[int], rate: list[float]) -> None:
        """Two groups or twenty, of one size or not, apart or not."""
        truth = np.array(rate)
        apart, least = truth.max() - truth.min(), truth.min() / truth.max()
        drawn = random(1).binomial(n, truth, (1500, len(n)))
        wrong = np.zeros(4)
        for hits in drawn[drawn.max(axis=1) > 0]:
            difference = of_counts(hits, n, largest_difference)
            ratio = of_counts(hits, n, smallest_ratio)
            wrong += (
                difference.low > apart + 1e-9, difference.high < apart - 1e-9,
                ratio.low > least + 1e-9, ratio.high < least - 1e-9,
            )  # fmt: skip
        assert (wrong / 1500 < ALLOWED).all(), wrong / 1500

    def test_what_happens_without_care(self) -> None:
        """Of twenty equal groups the two extremes differ "surely" in most tables."""
        alarms = taken = 0
        for hits in random(2).binomial(100, 0.8, (300, 20)):
            low, _ = newcombe([hits.max()], [100], [hits.min()], [100])
            alarms += low[0] > 0
            taken += of_counts(hits, [100] * 20, largest_difference).low > 0
        assert alarms > 200
        assert taken < 25

    def test_groups_that_share_rows(self) -> None:
        """Overlapping tags move together, and their difference is surer for it."""
        rng, tags = random(3), [np.arange(160), np.arange(40, 200)]
        wrong, widths = np.zeros(2), np.zeros(2)
        for _ in range(1500):
            measure = Measure(above=(rng.random(200) < 0.2).astype(float), below=np.ones(200))
            values = np.array([measure.value(rows) for rows in tags])
            for at, shared in enumerate((measure.correlation(tags, values), None)):
                found = largest_difference(
                    values, lambda level, m=measure: m.ends(tags, level), shared
                )
                wrong[at] += found.low > 0
                widths[at] += found.high
        assert wrong[0] / 1500 < ALLOWED
        assert widths[0] < 0.8 * widths[1]

    @pytest.mark.parametrize("shift", [0.0, 0.8])
    def test_lists_show_one_above_the_other(self, shift: float) -> None:
        """Exposure of groups of one list goes against each other; lists are what is drawn."""
        rng = random(4)
        kind, owner = np.tile([0] * 6 + [1] * 4, 30), np.repeat(np.arange(30), 10).astype(np.int32)
        parts = [np.flatnonzero(kind == group) for group in (0, 1)]

        def exposed(lists: int) -> Floats:
            score = rng.normal(size=(lists, 10)) - shift * np.array([0] * 6 + [1] * 4)
            rank = (-score).argsort(axis=1).argsort(axis=1) + 1
            return 1 / np.log2(1 + rank)

        means = exposed(100_000)
        first, second = means[:, :6].mean(), means[:, 6:].mean()
        truth = second / first if shift else 1.0
        wrong = np.zeros(2)
        for _ in range(750):
            measure = Measure(
                above=exposed(30).ravel(), below=np.ones(300), rate=False, owner=owner
            )
            values = np.array([measure.value(rows) for rows in parts])
            found = smallest_ratio(
                values, lambda level, m=measure: m.ends(parts, level),
                measure.correlation(parts, values),
            )  # fmt: skip
            wrong += found.low > truth + 1e-9, found.high < truth - 1e-9
        assert (wrong / 750 < 0.05 + 3 * (0.05 * 0.95 / 750) ** 0.5).all(), wrong / 750

    def test_by_hand(self) -> None:
        """Two groups: MOVER of exact ends, 1.645 errors out for alike and 1.960 for apart."""
        found = of_counts([30, 10], [50, 40], largest_difference)
        low, high = exact_ends([30, 10], [50, 40], 0.95)
        assert found.low == pytest.approx(0.35 - np.hypot(0.6 - low[0], high[1] - 0.25))
        low, high = exact_ends([30, 10], [50, 40], 0.9)
        assert found.high == pytest.approx(0.35 + np.hypot(high[0] - 0.6, 0.25 - low[1]))
        assert (found.value, found.lowest, found.highest) == (pytest.approx(0.35), 1, 0)
        # The lower end r of the ratio is where the interval of b - r a begins at 0.
        ratio = of_counts([30, 10], [50, 40], smallest_ratio)
        r = ratio.low
        edge = np.hypot(0.25 - low[1], r * (high[0] - 0.6))
        assert 0.25 - r * 0.6 == pytest.approx(edge)
        assert ratio.value == pytest.approx(0.25 / 0.6)

    def test_ends_are_ordered(self) -> None:
        """The value lies between its ends, whatever was drawn."""
        rng = random(5)
        for _ in range(300):
            n = rng.integers(1, 40, rng.integers(2, 7))
            hits = rng.binomial(n, rng.random(len(n)))
            found = of_counts(hits, n, largest_difference)
            assert found.low - 1e-12 <= found.value <= found.high + 1e-12
            if hits.max():
                ratio = of_counts(hits, n, smallest_ratio)
                assert 0 <= ratio.low <= ratio.value + 1e-12
                assert ratio.value <= ratio.high + 1e-12 <= 1 + 2e-12


class TestChecks:
    """Groups in a table."""

    def test_as_fairlearn_counts(self, tmp_path: Path) -> None:
        """The largest difference and the smallest ratio of what is in each group."""
        rng = random(6)
        counts = {name: tuple(rng.integers(5, 60, 2).tolist()) for name in "abcd"}
        table = table_of_groups(counts)
        frame = pd.DataFrame(
            {"answer": list(table.predictions), "accent": list(table.others["accent"])}
        )
        theirs = MetricFrame(
            metrics=lambda _true, answer: selection_rate(_true, answer, pos_label="yes"),
            y_true=frame["answer"], y_pred=frame["answer"], sensitive_features=frame["accent"],
        )  # fmt: skip
        rates = "metric: selection rate, class: 'yes', between: accent"
        difference = judged(tmp_path, table, f"{rates}, difference: 5 %")
        ratio = judged(tmp_path, table, f"{rates}, ratio: 0.8")
        assert difference.value == pytest.approx(theirs.difference())
        assert ratio.value == pytest.approx(theirs.ratio())
        assert {row.group: row.value for row in ratio.groups} == pytest.approx(
            theirs.by_group.to_dict()
        )
        assert [row.n for row in ratio.groups] == [sum(counts[name]) for name in "abcd"]

    @pytest.mark.parametrize(
        ("second", "asked", "verdict"),
        [
            ((900, 100), "difference: 5 %", "pass"),
            ((700, 300), "difference: 5 %", "fail"),
            ((860, 140), "difference: 5 %", "cannot tell"),
            ((8, 2), "difference: 5 %", "cannot tell"),
            ((880, 120), "ratio: '>= 0.9'", "pass"),
            ((700, 300), "ratio: 0.9", "fail"),
            ((815, 185), "ratio: 0.9", "cannot tell"),
        ],
    )
    def test_verdicts(
        self, tmp_path: Path, second: tuple[int, int], asked: str, verdict: str
    ) -> None:
        """Beside a group that is right in 900 of 1,000."""
        table = table_of_groups({"us": (900, 100), "uk": second})
        found = judged(tmp_path, table, f"metric: accuracy, between: accent, {asked}")
        assert found.verdict == verdict

    def test_what_is_needed_is_enough(self, tmp_path: Path) -> None:
        """With so many of each group four of five tables tell, with half as many fewer do."""
        for rates, asked in (
            ((0.9, 0.88), "difference: 8 %"),
            ((0.9, 0.7), "difference: 8 %"),
            ((0.9, 0.85), "ratio: 0.85"),
            ((0.5, 0.35), "ratio: 0.85"),
        ):
            small = {f"g{at}": (round(40 * p), round(40 * (1 - p))) for at, p in enumerate(rates)}
            check = f"metric: accuracy, between: accent, {asked}"
            found = judged(tmp_path, table_of_groups(small), check)
            assert found.verdict == "cannot tell"
            assert found.needed_n is not None
            told = []
            for n in (found.needed_n, found.needed_n // 2):
                counts = random(7).binomial(n, rates, (60, 2))
                tables = [
                    table_of_groups({f"g{at}": (int(k), n - int(k)) for at, k in enumerate(hits)})
                    for hits in counts
                ]
                verdicts = [judged(tmp_path, one, check).verdict for one in tables]
                told.append(np.mean([verdict != "cannot tell" for verdict in verdicts]))
            assert told[0] > max(0.7, told[1] + 0.1), (rates, asked, found.needed_n, told)

    def test_small_groups_are_said(self, tmp_path: Path) -> None:
        """Or left out, where the file says so."""
        table = table_of_groups({"us": (950, 50), "uk": (940, 60), "scots": (2, 1), "": (50, 50)})
        check = "metric: accuracy, between: accent, difference: 5 %"
        found = judged(tmp_path, table, check)
        assert (found.verdict, found.value) == ("cannot tell", pytest.approx(0.95 - 2 / 3))
        assert "; there are scots 3" in found.notes[0]
        assert [row.group for row in found.groups] == ["scots", "uk", "us"]
        found = judged(tmp_path, table, f"{check}, smallest group: 30")
        assert (found.verdict, found.value) == ("pass", pytest.approx(0.01))
        assert found.notes == ("left out, as too small: scots 3",)

    def test_an_undefined_group_stops_no_failure(self, tmp_path: Path) -> None:
        """It may be alike or not; but those that surely differ do."""
        check = "metric: recall, class: 'yes', between: accent, difference: 5 %"
        counts = {"us": (900, 100), "uk": (905, 95), "fr": (10, 0)}
        for worse, verdict in ((905, "cannot tell"), (500, "fail")):
            table = table_of_groups({**counts, "uk": (worse, 1000 - worse)})
            targets = ["no" if accent == "fr" else "yes" for accent in table.others["accent"]]
            mixed = ErrorTable(
                table.ids, targets, table.predictions, (), table.tags, others=table.others
            )
            found = judged(tmp_path, mixed, check)
            assert (found.verdict, found.high) == (verdict, None)
            assert "undefined (0/0) in fr: no example is 'yes'" in found.notes

    def test_nothing_to_compare(self, tmp_path: Path) -> None:
        """One group, or none above 0."""
        check = "metric: accuracy, between: accent, ratio: 0.8"
        found = judged(tmp_path, table_of_groups({"us": (9, 1)}), check)
        assert (found.verdict, found.value) == ("cannot tell", None)
        assert found.notes == ("there are no two groups to compare",)
        found = judged(tmp_path, table_of_groups({"us": (0, 9), "uk": (0, 9)}), check)
        assert (found.verdict, found.value) == ("cannot tell", None)
        assert found.notes == ("undefined (0/0): every group is at 0",)

    def test_tags_as_groups(self, tmp_path: Path) -> None:
        """Named tags, or one tag against the rest."""
        tags = np.zeros((40, 2), dtype=np.bool_)
        tags[:30, 0] = tags[20:, 1] = True
        table = table_of_groups(
            {"us": (10, 10), "uk": (20, 0)}, tag_names=("car", "sea"), tags=tags
        )
        found = judged(tmp_path, table, "metric: accuracy, between: [car, sea], ratio: 0.8")
        assert [(row.group, row.n) for row in found.groups] == [("car", 30), ("sea", 20)]
        assert found.value == pytest.approx(2 / 3)
        found = judged(tmp_path, table, "metric: accuracy, between: sea, ratio: 0.8")
        assert [(row.group, row.value) for row in found.groups] == [("sea", 1), ("not sea", 0.5)]

    def test_speakers_compared_with_each_other(self, tmp_path: Path) -> None:
        """Each is one speaker: then rows say how sure their rates are."""
        said = ["a b c d", "a b c x", "a b c d", "a b y x"] * 10
        table = ErrorTable(
            ids=[str(at) for at in range(40)], targets=["a b c d"] * 40, predictions=said,
            tag_names=(), tags=np.zeros((40, 0), dtype=np.bool_),
            groups=["s1"] * 20 + ["s2"] * 20,
        )  # fmt: skip
        found = judged(tmp_path, table, "metric: wer, between: speaker, difference: 30 %")
        assert found.verdict == "pass"
        assert found.notes == ("the speakers themselves are compared, not what they stand for",)


class TestExposure:
    """What a list gives by its order."""

    def table(self, orders: list[str], **more: Any) -> ErrorTable:
        """Build lists of large (L) and small (s) brands; a dot is a small one not shown."""
        brand = ["large" if kind == "L" else "small" for order in orders for kind in order]
        ranks = [
            "" if kind == "." else str(at) for order in orders for at, kind in enumerate(order, 1)
        ]
        n = len(brand)
        query = [f"q{at}" for at, order in enumerate(orders) for _ in order]
        others = {"brand": brand, "rank": ranks, **more.get("others", {"query": query})}
        return ErrorTable(
            ids=[str(at) for at in range(n)], targets=[""] * n, predictions=["shown"] * n,
            tag_names=(), tags=np.zeros((n, 0), dtype=np.bool_),
            others={name: Coded.of(cells) for name, cells in others.items()},
        )  # fmt: skip

    CHECK = "metric: exposure, between: brand, ratio: 0.8"

    def test_by_hand(self, tmp_path: Path) -> None:
        """The sum of 1 / log2(1 + rank) of a group, over its share of the examples."""
        found = judged(tmp_path, self.table(["LLs", "LLs"]), self.CHECK)
        first, second, third = 1, 1 / np.log2(3), 0.5
        mean = (first + second + third) / 3
        values = {row.group: row.value for row in found.groups}
        assert values["large"] == pytest.approx((first + second) / 2 / mean)
        assert values["small"] == pytest.approx(third / mean)
        assert found.value == pytest.approx(third / ((first + second) / 2))
        assert 2 / 3 * values["large"] + 1 / 3 * values["small"] == pytest.approx(1)

    def test_a_verdict(self, tmp_path: Path) -> None:
        """Only large brands above, or both alike."""
        assert judged(tmp_path, self.table(["LLs", "LsL"] * 20), self.CHECK).verdict == "fail"
        fair = self.table(["LLs", "LsL", "sLL"] * 20)
        found = judged(tmp_path, fair, self.CHECK)
        assert (found.verdict, found.value) == ("pass", pytest.approx(1))

    def test_not_shown_is_no_exposure(self, tmp_path: Path) -> None:
        """An empty rank is the end of the list."""
        found = judged(tmp_path, self.table(["LL.", "LL."]), self.CHECK)
        assert (found.value, found.groups[1].value) == (0, 0)

    def test_lists_are_told_apart_or_it_is_said(self, tmp_path: Path) -> None:
        """Rows of one list are not independent."""
        found = judged(tmp_path, self.table(["LLs", "LsL"], others={}), self.CHECK)
        assert "no column 'query' or 'group'" in found.notes[0]

    def test_as_text(self, tmp_path: Path) -> None:
        """1.00 is a group's share."""
        path = tmp_path / "audit.yaml"
        path.write_text(f"augmentor-audit: 1\nchecks:\n  - {{name: a, {self.CHECK}}}\n")
        shown = groups_table(run_checks(self.table(["LLs", "LsL", "sLL"]), path).findings[0])
        assert shown.header == ["group", "n", "over its share", "95 % interval"]
        assert [row[:3] for row in shown.rows] == [["large", "6", "1.00"], ["small", "3", "1.00"]]
