"""Before and after are compared pair by pair, and a fall of a guarded tag is not let pass."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from audit_tables import table_of

from augmentor.audit.comparing.compare import Comparison, compare
from augmentor.audit.tables.raw import ErrorTable
from augmentor.core.errors import UsageError


def pair(cells: Sequence[tuple[Any, ...]], **more: Any) -> tuple[ErrorTable, ErrorTable]:
    """Build two tables from (tags, kept, broken, mended, lost)."""
    sizes = [(tags, sum(counts), 0) for tags, *counts in cells]
    before, after = [], []
    for _, kept, broken, mended, lost in cells:
        before += ["yes"] * (kept + broken) + ["no"] * (mended + lost)
        after += ["yes"] * kept + ["no"] * broken + ["yes"] * mended + ["no"] * lost
    table = table_of(sizes, **more)
    return replace(table, predictions=before), replace(table, predictions=after)


def verdicts(found: Comparison) -> dict[str, str]:
    return {row.tag: row.verdict for row in (*found.rows, found.overall)}


def test_a_change_by_hand() -> None:
    before, after = pair([(["car"], 60, 2, 30, 8)])
    row = compare(before, after).rows[0]
    assert (row.n, row.b, row.c) == (100, 2, 30)
    assert (row.before, row.after) == (pytest.approx(0.62), pytest.approx(0.90))
    assert row.change == pytest.approx(0.28)
    assert row.interval[0] < 0.28 < row.interval[1]
    assert row.p == pytest.approx(2 * (1 + 32 + 496) / 2**32)
    assert row.verdict == "rose"


def test_four_verdicts_and_the_exit_code() -> None:
    before, after = pair(
        [
            (["up"], 500, 10, 60, 100),
            (["down"], 500, 60, 10, 100),
            (["same"], 3000, 10, 12, 100),
            (["few"], 10, 1, 1, 2),
        ]
    )
    found = compare(before, after)
    assert verdicts(found) == {
        "up": "rose",
        "down": "fell",
        "same": "held",
        "few": "cannot tell",
        "overall": "held",
    }
    assert (found.fell, found.exit_code) == (["down"], 1)
    unguarded = compare(before, after, guard=["same"], targets=["up"])
    assert (unguarded.fell, unguarded.exit_code) == ([], 0)
    assert verdicts(unguarded)["down"] == "fell"
    assert [row.tag for row in unguarded.rows if row.targeted] == ["up"]
    assert [row.tag for row in unguarded.rows if row.guarded] == ["same"]
    wide = compare(before, after, margin=0.2)
    assert verdicts(wide)["down"] == "held"


def test_a_small_fall_is_within_the_margin() -> None:
    """One point on very many examples is sure, but less than what is let pass."""
    before, after = pair([(["a"], 8000, 300, 200, 1500)])
    row = compare(before, after).rows[0]
    assert row.p_fell < 0.001
    assert row.verdict == "held"


def test_a_fall_of_the_whole_is_guarded_too() -> None:
    before, after = pair([([], 500, 60, 10, 100)])
    assert compare(before, after).fell == ["overall"]
    assert compare(before, after, guard=[]).exit_code == 0


def test_many_equal_tags_raise_no_alarm() -> None:
    """Fifty tags whose changes are chance: the adjusted values stay quiet."""
    rng = np.random.default_rng(11)
    cells = [([f"t{i}"], 90, *rng.multinomial(10, [0.5, 0.5]), 10) for i in range(50)]
    found = compare(*pair(cells))
    assert min(row.p for row in found.rows) < 0.2
    assert {row.verdict for row in found.rows}.isdisjoint({"rose"})
    assert all(row.p_adjusted >= row.p for row in found.rows)


def test_rows_are_paired_by_id() -> None:
    before, after = pair([(["a"], 60, 2, 30, 8), (["b"], 5, 5, 5, 5)])
    order = np.random.default_rng(2).permutation(len(before))
    shuffled = replace(
        after,
        ids=[after.ids[at] for at in order],
        predictions=[after.predictions[at] for at in order],
        tags=after.tags[order][:, ::-1],
        tag_names=after.tag_names[::-1],
    )
    assert compare(before, shuffled).to_json() == compare(before, after).to_json()
    bare = replace(after, tag_names=(), tags=np.zeros((len(after), 0), dtype=bool))
    assert compare(before, bare).to_json() == compare(before, after).to_json()


def test_tables_that_do_not_match_are_refused() -> None:
    before, after = pair([(["a"], 3, 1, 1, 1)], path="t.csv")
    with pytest.raises(UsageError) as caught:
        compare(before, replace(after, ids=["x", "y", *after.ids[2:]]))
    assert "2 examples of t.csv are missing: 0, 1" in str(caught.value)
    assert "2 examples are not in t.csv: x, y" in str(caught.value)
    with pytest.raises(UsageError, match="targets differ for 1 examples: 0"):
        compare(before, replace(after, targets=["no", *after.targets[1:]]))
    with pytest.raises(UsageError, match=r"tags differ: 0 \(a\), 1 \(a\)"):
        compare(before, replace(after, tags=~after.tags))
    with pytest.raises(UsageError, match=r"tags that t\.csv does not have: b"):
        compare(before, replace(after, tag_names=("b",)))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"guard": ["clear"]}, "did you mean 'clean'"),
        ({"targets": ["zzz"]}, "known: clean"),
        ({"margin": 2}, "two points are 0.02"),
        ({"metric": "f1"}, "expected accuracy, wer, cer"),
    ],
)
def test_wrong_usage(arguments: dict[str, Any], said: str) -> None:
    before, after = pair([(["clean"], 3, 1, 1, 1)])
    with pytest.raises(UsageError, match=said):
        compare(before, after, **arguments)


def spoken(
    seed: int, rate_before: float, rate_after: float, groups: list[str] | None = None, n: int = 400
) -> tuple[ErrorTable, ErrorTable]:
    """Return two tables of ten-word sentences, words dropped at the given rates."""
    rng = np.random.default_rng(seed)
    words = [f"w{i}" for i in range(10)]
    heard = [
        [" ".join(np.array(words)[rng.random(10) >= rate]) for _ in range(n)]
        for rate in (rate_before, rate_after)
    ]
    table = ErrorTable(
        ids=[str(i) for i in range(n)],
        targets=[" ".join(words)] * n,
        predictions=heard[0],
        tag_names=("odd", "all", "none"),
        tags=np.column_stack([np.arange(n) % 2 == 1, np.ones(n, bool), np.zeros(n, bool)]),
        groups=groups,
    )
    return table, replace(table, predictions=heard[1])


def test_word_errors_are_drawn_again() -> None:
    before, after = spoken(1, 0.3, 0.1)
    found = compare(before, after, metric="wer")
    odd, every, none = found.rows
    assert every.before == pytest.approx(0.7, abs=0.03)
    assert every.change == pytest.approx(0.2, abs=0.03)
    assert every.interval[0] < every.change < every.interval[1]
    # 4000 words: standard error about sqrt(0.3 0.7 / 4000 + 0.1 0.9 / 4000)
    assert every.interval[1] - every.interval[0] == pytest.approx(3.92 * 0.00866, rel=0.15)
    assert odd.interval[1] - odd.interval[0] > every.interval[1] - every.interval[0]
    assert (odd.verdict, every.verdict) == ("rose", "rose")
    assert (none.n, none.before, none.p, none.verdict) == (0, None, None, "cannot tell")
    assert compare(before, after, metric="wer").to_json() == found.to_json()
    assert compare(after, before, metric="wer").fell == ["odd", "all", "overall"]


def test_the_global_generator_is_left_alone() -> None:
    state = np.random.get_state()[1].tolist()  # noqa: NPY002
    compare(*spoken(1, 0.3, 0.1), metric="wer")
    assert np.random.get_state()[1].tolist() == state  # noqa: NPY002


def test_groups_are_drawn_whole() -> None:
    """Rows of one speaker move together: fewer independent pieces, a wider interval."""
    before, after = spoken(1, 0.3, 0.3)
    speakers = [f"s{i // 20}" for i in range(400)]
    worse = {f"s{i}" for i in range(0, 20, 2)}
    heard = ["" if who in worse else "w0 w1 w2 w3 w4 w5 w6 w7 w8 w9" for who in speakers]
    after = replace(after, predictions=heard)
    alone = compare(before, after, metric="wer").overall.interval
    together = compare(replace(before, groups=speakers), after, metric="wer").overall.interval
    assert together[1] - together[0] > 3 * (alone[1] - alone[0])


def test_too_few_groups_cannot_tell() -> None:
    """With one speaker nothing is drawn differently: the interval would be a lie."""
    before, after = spoken(1, 0.1, 0.5, groups=["anna"] * 400)
    row = compare(before, after, metric="wer").overall
    assert (row.interval, row.p, row.verdict) == (None, 1, "cannot tell")


def test_json_has_stable_keys() -> None:
    found = compare(*pair([(["a"], 3, 1, 1, 1)])).to_json()
    found = json.loads(json.dumps(found, allow_nan=False))
    assert list(found) == [
        *("metric", "normalize", "margin", "n", "seeds", "method", "overall", "tags"),
        *("neighbours", "fell"),
        *("doubtful", "missed", "exit_code", "warnings"),
    ]
    assert list(found["tags"][0]) == [
        *("tag", "n", "before", "after", "change", "interval", "lower", "b", "c", "p", "p_fell"),
        *("p_guard", "p_adjusted", "p_guard_adjusted", "sd_before", "sd_after"),
        *("verdict", "guarded", "targeted"),
    ]
    assert found["seeds"] == {"before": 1, "after": 1}
