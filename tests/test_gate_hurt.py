"""Can adding data hurt? What is said of a plan, with sets whose harm is known by construction."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_project import make_picture_project
from project import make_project

import augmentor
from augmentor.cli.main import cli
from augmentor.core.errors import UsageError
from augmentor.gate.hurt import Added, Fit, Hurt, can_hurt
from augmentor.gate.shortcuts import Marked, shortcuts

LARGE = Fit(fits=True)


def cells(**counts: int) -> list[Marked]:
    """Return examples by ``class_tag``."""
    return [
        Marked(name.split("_")[0], tuple(name.split("_")[1:]))
        for name, count in counts.items()
        for _ in range(count)
    ]


REAL = cells(good_mono=240, good_poly=360, bad_mono=16, bad_poly=24)
"""Good cells are 40 % mono, and so are the defects."""


def said(
    old: Sequence[Marked], fit: Fit = LARGE, mistaken: Mapping[frozenset[str], int] | None = None,
    *, capped: bool = False, **added: Sequence[Marked],
) -> dict[str, Hurt]:  # fmt: skip
    """Return what is said of categories that make a class."""
    found = can_hurt(
        old,
        [Added(name, new, own=(name,), makes_class=True) for name, new in added.items()],
        fit, classes=True, mistaken=mistaken or {}, capped=capped,
    )  # fmt: skip
    return {one.category: one for one in found}


class TestShortcuts:
    """A tag that new examples tie to a class."""

    def test_defects_on_one_type_of_cell_are_refused(self) -> None:
        """400 defects, all on mono cells: a model learns that mono is defective."""
        one = said(REAL, crack=[Marked("bad", ("mono", "crack"))] * 400)["crack"]
        assert one.verdict == "refuse"
        (reason,) = one.reasons
        assert reason.rule == "shortcut"
        assert "95% of class 'bad' would be 'mono' (40% before), but only 40% of the other" in (
            reason.say
        )

    def test_defects_on_both_types_pass(self) -> None:
        """As many on poly cells as there are: nothing to learn but the defect."""
        new = cells(bad_mono=160, bad_poly=240)
        assert said(REAL, crack=new)["crack"].verdict == "ok"
        parts = said(REAL, mono=cells(bad_mono=200), poly=cells(bad_poly=200))
        assert [one.verdict for one in parts.values()] == ["ok", "ok"]

    def test_only_new_dependence_counts(self) -> None:
        """Where a class always went with a tag, more of the same teaches nothing new."""
        old = cells(good_poly=300, bad_mono=100)
        assert said(old, crack=cells(bad_mono=400))["crack"].verdict == "ok"

    def test_a_defects_own_tag_is_meant(self) -> None:
        """'crack' goes with 'bad' since it is what makes it so."""
        new = [Marked("bad", ("mono", "crack"))] * 160 + [Marked("bad", ("poly", "crack"))] * 240
        assert said(REAL, crack=new)["crack"].verdict == "ok"

    def test_a_condition_of_one_class_alone(self) -> None:
        """Noise on one word only may give the word away, if the model can hear the tag at all."""
        old = cells(yes_clean=300, no_clean=300)
        for count in (200, 400):
            added = [Added("car", [Marked("yes", ("car",))] * count, own=("car",))]
            (one,) = can_hurt(old, added, LARGE, classes=True, mistaken={})
            assert [one.verdict, one.reasons[0].rule] == ["caution", "shortcut"]
            assert "do the same to other classes too" in one.reasons[0].say
        even = [Marked("yes", ("car",))] * 100 + [Marked("no", ("car",))] * 100
        (one,) = can_hurt(old, [Added("car", even, own=("car",))], LARGE, classes=True, mistaken={})
        assert one.verdict == "ok"

    def test_a_lack_gives_away_too(self) -> None:
        """Only wet parts are tagged; defects are drawn on dry ones alone."""
        old = cells(good_wet=300, good=300)
        (one,) = said(old, crack=[Marked("bad", ("crack",))] * 200).values()
        assert "would be not 'wet' (which is new), but only 50% of the other" in one.reasons[0].say

    def test_few_examples_teach_no_shortcut(self) -> None:
        """Below the floor on counts nothing is said."""
        old = cells(good_mono=8, good_poly=12, bad_mono=2)
        assert said(old, crack=cells(bad_mono=19))["crack"].verdict == "ok"

    @settings(deadline=None, max_examples=60)
    @given(st.integers(0, 2**32 - 1), st.integers(20, 300), st.floats(0.1, 0.9))
    def test_what_is_drawn_alike_is_hardly_ever_cautioned(
        self, seed: int, count: int, share: float
    ) -> None:
        """Parents drawn by lot, whatever their tags: no shortcut, but for one in a thousand."""
        import numpy as np

        chance = np.random.Generator(np.random.Philox(seed))
        drawn = ["mono" if one < share else "poly" for one in chance.random(500 + count)]
        old = [Marked("good" if at % 10 else "bad", (tag,)) for at, tag in enumerate(drawn[:500])]
        new = [Marked("bad", (tag,)) for tag in drawn[500:]]
        assert not [one for one in shortcuts(old, {"crack": new}, frozenset()) if one.strong]


class TestTheModel:
    """A model too small for more data."""

    @pytest.mark.parametrize(
        ("fit", "verdict"),
        [
            (Fit(fits=True), "ok"),
            (Fit(train_error=0.01, dev_error=0.1), "ok"),
            (Fit(), "caution"),
            (Fit(train_error=0.01), "caution"),
            (Fit(train_error=0.09, dev_error=0.1), "refuse"),
            (Fit(fits=False), "refuse"),
        ],
    )
    def test_by_the_users_word_or_numbers(self, fit: Fit, verdict: str) -> None:
        """Most of the data would be new: fine for a large model, not for a small one."""
        old = cells(a=100, b=100)
        new = cells(a_car=150, b_car=150)
        assert said(old, fit, car=new)["car"].verdict == verdict
        if fit.verdict is None:
            assert "mix: {train_error: 0.02, dev_error: 0.1}" in (
                said(old, fit, car=new)["car"].reasons[0].say
            )

    def test_a_small_part_or_a_cap_is_no_refusal(self) -> None:
        """A small model takes a few; and who set a cap has decided."""
        old = cells(a=400, b=400)
        few, many = cells(a_car=50, b_car=50), cells(a_car=600, b_car=600)
        assert said(old, Fit(fits=False), car=few)["car"].verdict == "ok"
        assert said(old, Fit(fits=False), capped=True, car=many)["car"].verdict == "caution"

    def test_small_and_unclear_is_refused(self) -> None:
        """A quarter of the data that nobody checked, for a model that has no room."""
        old, new = cells(a=300, b=300), cells(a_car=100, b_car=100)
        for clarity, verdict in ((True, "caution"), (False, "refuse")):
            added = [Added("car", new, own=("car",), clarity=clarity)]
            (one,) = can_hurt(old, added, Fit(fits=False), classes=True, mistaken={})
            assert one.verdict == verdict


class TestTheRest:
    """Look-alikes, what is there already, what nobody checks."""

    def test_a_rare_look_alike_is_swamped(self) -> None:
        """Chips are taken for dents today: with 900 dents more there is no telling them."""
        old = cells(good=880, dent=60, chip=60)
        confusions = {frozenset(("dent", "chip")): 7}
        one = said(old, mistaken=confusions, dents=cells(dent=900))["dents"]
        assert [reason.rule for reason in one.reasons] == ["swamped"]
        assert "class 'chip' falls from 6.0% to 3.2% of the data beside 'dent'" in (
            one.reasons[0].say
        )
        assert said(old, dents=cells(dent=900))["dents"].verdict == "ok"
        old = cells(good=960, dent=20, chip=20)
        (reason,) = said(old, dents=cells(dent=1200))["dents"].reasons
        assert "class 'chip' falls from 2.0% to 0.9%" in reason.say

    def test_what_has_it_already(self) -> None:
        """Parents with the defect get it twice."""
        added = [Added("car", cells(a_car=20), already=6, own=("car",))]
        (one,) = can_hurt(cells(a=300), added, LARGE, classes=False, mistaken={})
        assert one.verdict == "caution"
        assert "6 of its 20 new examples" in one.reasons[0].say

    def test_transcripts_are_no_classes(self) -> None:
        """All different: nothing to tie a tag to."""
        old = [Marked(f"sentence {at}", ()) for at in range(300)]
        new = [Marked(f"sentence {at}", ("car",)) for at in range(40)]
        (one,) = can_hurt(old, [Added("car", new, own=("car",))], LARGE, classes=False, mistaken={})
        assert one.verdict == "ok"


REFUSED = """\
augmentor: 1
name: refused
seed: 1
source: {manifest: data/parts.jsonl, kind: picture}
budget: 60
categories:
  scratch:
    from: [mono]
    target: bad
    steps: [scratch]
mix: {model_fits: yes}
"""


@pytest.fixture
def refused(tmp_path: Path) -> Path:
    """Return a recipe that draws its defects on mono cells alone."""
    path = make_picture_project(tmp_path, recipe=REFUSED)
    rows = [json.loads(line) for line in (tmp_path / "data/parts.jsonl").read_text().splitlines()]
    more = []
    for turn in range(6):
        for at, row in enumerate(rows):
            tag = "mono" if at % 5 < 2 else "poly"
            kept = {"id": f"{row['id']}-{turn}", "path": row["path"], "target": "good", "tags": tag}
            more.append(kept)
    (tmp_path / "data/parts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in more))
    return path


class TestAsAUserMeetsIt:
    """In plan, run, the record and the page."""

    def test_a_refused_category_is_not_made_unless_allowed(self, refused: Path) -> None:
        """The sentence names the tag and the way on; with `allow` it is recorded."""
        with pytest.raises(UsageError, match="refused, as it can hurt") as caught:
            augmentor.run(refused, workers=0)
        assert "'mono' (which is new)" in str(caught.value)
        assert "--allow 'scratch'" in str(caught.value)
        assert not (refused.parent / "runs").exists()
        with pytest.raises(UsageError, match="no category 'scrach'; did you mean 'scratch'"):
            augmentor.run(refused, workers=0, allow=["scrach"])
        found = augmentor.run(refused, workers=0, allow=["scratch"])
        record = json.loads((found.folder / "dataset.json").read_text())
        assert record["allowed"] == ["scratch"]
        assert record["hurt"][0]["verdict"] == "refuse"
        page = (found.folder / "report.html").read_text()
        assert "Can adding it hurt?" in page
        assert "a model can learn that" in page
        assert "refuse, allowed" in page
        assert "Allowed by --allow." in page

    def test_the_plan_says_what_is_allowed(self, refused: Path) -> None:
        """Beside the verdict, which stays what it is; a wrong name is a mistake."""
        for more, said, allowed in (
            ([], "refuse: 'scratch'", []),
            (["--allow", "all"], "refuse, allowed: 'scratch'", ["scratch"]),
        ):
            ran = CliRunner().invoke(cli, ["plan", str(refused), "--workers", "0", *more])
            assert f"{said} can hurt" in ran.stderr
            ran = CliRunner().invoke(cli, ["plan", str(refused), "--workers", "0", "--json", *more])
            told = json.loads(ran.stdout)
            assert told["allowed"] == allowed
            assert told["hurt"][0]["verdict"] == "refuse"
        ran = CliRunner().invoke(cli, ["plan", str(refused), "--allow", "scrach"])
        assert isinstance(ran.exception, UsageError)
        assert "did you mean 'scratch'" in str(ran.exception)

    def test_the_sentence_can_be_followed(self, refused: Path) -> None:
        """Drawn on all cells, as it says, the same recipe runs."""
        refused.write_text(REFUSED.replace("    from: [mono]\n", ""))
        planning = augmentor.plan(refused)
        assert [one.verdict for one in planning.hurt] == ["ok"]
        assert augmentor.run(refused, workers=0).counts["done"] > 50

    def test_numbers_in_the_recipe(self, tmp_path: Path) -> None:
        """The recipe's numbers decide; a yes without quotes is YAML's true."""
        path = make_project(tmp_path)
        text = path.read_text()
        for mix, fits in (
            ("{model_fits: no}", False), ("{model_fits: yes}", True), ("{}", None),
            ("{train_error: 0.3, dev_error: 0.4}", False),
        ):  # fmt: skip
            path.write_text(f"{text}mix: {mix}\n")
            rules = {reason.rule for one in augmentor.plan(path).hurt for reason in one.reasons}
            assert ("small model" in rules) == (fits is False), mix
