"""The plan: how a budget is shared, what is drawn, and that nothing disturbs anything else."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from project import make_project

from augmentor.api.planning import plan as plan_recipe
from augmentor.api.summary import plan_summary
from augmentor.core.errors import UsageError
from augmentor.recipe.load import load_recipe
from augmentor.recipe.planned import Plan, PlanRow
from augmentor.recipe.planner import plan, whole
from augmentor.sources.manifest import Source

HEAD = """\
augmentor: 1
name: planned
seed: 5
source: {manifest: train.jsonl, sample_rate: 16000}
"""
STEPS = """\
categories:
  soft:
    from: [clean]
    steps: [{gain: {gain_db: {uniform: [-1, -20]}}}]
  phone:
    steps: [codec]
"""
WIDE_HZ, NARROW_HZ = 8000.0, 3400.0


def write(folder: Path, text: str, sources: int = 10, **marks: Mapping[int, str]) -> Path:
    """Write a recipe and a manifest whose sounds do not exist; tags or targets by index."""
    rows = [
        {"id": f"p{i}", "path": f"{i}.wav", "tags": marks.get("tags", {}).get(i, "clean"),
         "target": marks.get("targets", {}).get(i, "yes")}
        for i in range(sources)
    ]  # fmt: skip
    (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = folder / "recipe.yaml"
    path.write_text(text)
    return path


class Measures:
    """Stands for measuring: facts by a rule, and a count of what was asked."""

    def __init__(self, narrow: Sequence[str] = (), broken: Sequence[str] = ()) -> None:
        self.narrow, self.broken = narrow, broken
        self.asked: Counter[str] = Counter()

    def __call__(self, sources: Sequence[Source]) -> list[Source | str]:
        """Return each source measured, 1 s and 2 s long in turn, or why it cannot be used."""
        found: list[Source | str] = []
        for source in sources:
            name = source.facts.id
            self.asked[name] += 1
            facts = replace(
                source.facts, digest=name, duration_s=1.0 + int(name[1:]) % 2, rate_hz=16000,
                bandwidth_hz=NARROW_HZ if name in self.narrow else WIDE_HZ,
            )  # fmt: skip
            found.append("truncated" if name in self.broken else replace(source, facts=facts))
        return found


def planned(path: Path, scores: Mapping[str, float], measures: Measures | None = None) -> Plan:
    """Return the plan of a recipe file."""
    return plan(load_recipe(path), scores, measures or Measures())


def edits(rows: Sequence[PlanRow]) -> dict[str, object]:
    """Return the edits by row id."""
    return {row.id: [edit.to_json() for edit in row.edits] for row in rows}


ALIKE = {"soft": 1.0, "phone": 1.0}


class TestBudget:
    """How many of what."""

    @given(st.lists(st.floats(0, 1e6), min_size=1, max_size=12), st.integers(0, 10**9))
    def test_whole_numbers_add_up(self, weights: list[float], total: int) -> None:
        """Whole numbers, none further than one from its part, the sum exact."""
        weight = sum(weights)
        if not weight:
            assert whole({}, total) == {}
            return
        shares = {str(i): one / weight for i, one in enumerate(weights)}
        counts = whole(shares, total)
        assert sum(counts.values()) == total
        for name, share in shares.items():
            assert isinstance(counts[name], int)
            assert counts[name] >= 0
            assert abs(counts[name] - share * total) < 1 + 1e-6 * total**0.5

    def test_a_budget_is_in_proportion_to_scores(self, tmp_path: Path) -> None:
        """Three to one makes nine and three; a category worth nothing gets nothing."""
        path = write(tmp_path, HEAD + "budget: 12\n" + STEPS)
        assert planned(path, {"soft": 3.0, "phone": 1.0}).counts() == {"soft": 9, "phone": 3}
        assert planned(path, {"phone": 0.5}).counts() == {"phone": 12}
        assert planned(path, {}).counts() == {}

    def test_hours_and_bytes(self, tmp_path: Path) -> None:
        """The sum of lengths or sizes comes up to the budget and never beyond it."""
        for budget, most, measure in (("0.01 h", 36, "duration_s"), ("1 MB", 1e6, "bytes")):
            made = planned(write(tmp_path, HEAD + f"budget: {budget}\n" + STEPS), ALIKE)
            assert 0.8 * most < getattr(made, measure) <= most
            for name in ALIKE:
                own = [row for row in made.rows if row.category == name]
                assert sum(row.source.facts.duration_s for row in own) <= made.duration_s / 2 + 2

    def test_a_budget_below_one_example(self, tmp_path: Path) -> None:
        """It says so, rather than that nothing could be made."""
        made = planned(write(tmp_path, HEAD + "budget: 1 kB\n" + STEPS), ALIKE)
        assert not made.rows
        assert "the budget of 'soft' is less than one example's size" in made.warnings

    def test_a_category_without_budget_measures_nothing(self, tmp_path: Path) -> None:
        """What gets nothing costs nothing."""
        measures = Measures()
        planned(write(tmp_path, HEAD + "budget: 4\n" + STEPS), {"soft": 1.0}, measures)
        assert measures.asked
        measures = Measures()
        planned(write(tmp_path, HEAD + "budget: 4\n" + STEPS), {}, measures)
        assert not measures.asked

    def test_copies_come_round_after_every_parent(self, tmp_path: Path) -> None:
        """Each parent is used once before any is used twice, in another order each time."""
        made = planned(write(tmp_path, HEAD + "budget: 30\n" + STEPS), {"soft": 1.0})
        rounds = [[row.source.facts.id for row in made.rows[i : i + 10]] for i in (0, 10, 20)]
        assert [row.copy for row in made.rows] == [0] * 10 + [1] * 10 + [2] * 10
        assert all(len(set(one)) == 10 for one in rounds)
        assert rounds[0] != rounds[1] != rounds[2]
        assert len({row.id for row in made.rows}) == 30
        assert len({str(row.edits) for row in made.rows}) == 30


class TestAudited:
    """A plan from an error table, as the whole framework makes it."""

    def test_a_tag_without_a_category_takes_no_budget(self, tmp_path: Path) -> None:
        """It is told with what to do about it; the others share in proportion to their scores."""
        path = make_project(tmp_path)
        text = path.read_text()
        start, stop = text.index("  people noise:"), text.index("  low bandwidth:")
        path.write_text(text[:start] + text[stop:])
        made = plan_recipe(path)
        assert made.plan.counts() == {"vehicle noise": 16, "low bandwidth": 8}
        assert [row.tag for row in made.collect] == ["people noise"]
        assert plan_summary(made)["collect"][0]["say"].startswith("collect examples of it")

    def test_the_worst_few(self, tmp_path: Path) -> None:
        """`top` and the weights decide who shares."""
        path = make_project(tmp_path)
        path.write_text(
            path.read_text() + "priorities: {top: 1, importance: {low bandwidth: 100}}\n"
        )
        assert plan_recipe(path).plan.counts() == {"low bandwidth": 24}

    def test_nothing_to_work_on(self, tmp_path: Path) -> None:
        """A model without errors needs no plan."""
        path = make_project(tmp_path)
        table = (tmp_path / "data/errors.csv").read_text()
        (tmp_path / "data/errors.csv").write_text(table.replace(",fr,", ",en,"))
        with pytest.raises(UsageError, match="no category has a gap"):
            plan_recipe(path)


class TestNothingMovesAnythingElse:
    """Every draw has a name of its own."""

    def test_a_step_moves_no_other_steps_edits(self, tmp_path: Path) -> None:
        """A step put first, or made a matter of chance, leaves the numbers of the rest."""
        text = HEAD + "budget: 20\n" + STEPS
        before = planned(write(tmp_path, text), ALIKE)
        more = text.replace("steps: [{gain", "steps: [{reverb: {}, p: 0.5}, {gain")
        after = planned(write(tmp_path, more), ALIKE)
        assert [row.id for row in before.rows] == [row.id for row in after.rows]
        with_room = 0
        for one, two in zip(before.rows, after.rows, strict=True):
            assert one.edits == tuple(edit for edit in two.edits if edit.step != "reverb")
            with_room += one.edits != two.edits
        assert 0 < with_room < 10

    def test_a_category_moves_no_other_category(self, tmp_path: Path) -> None:
        """A category taken out leaves the other's rows as they were."""
        text = HEAD + "budget: 10\n" + STEPS
        both = planned(write(tmp_path, text.replace("budget: 10", "budget: 20")), ALIKE)
        alone = planned(
            write(tmp_path, text.replace("  phone:\n    steps: [codec]\n", "")), {"soft": 1}
        )
        assert edits(alone.rows) == edits([row for row in both.rows if row.category == "soft"])

    def test_filtering_sources_moves_no_other_parents_edits(self, tmp_path: Path) -> None:
        """Rows of parents that stay are the same rows, with the same edits."""
        path = write(tmp_path, HEAD + "budget: 20\n" + STEPS, 20)
        before = edits(planned(path, ALIKE).rows)
        lines = (tmp_path / "train.jsonl").read_text().splitlines(keepends=True)
        (tmp_path / "train.jsonl").write_text("".join(reversed(lines[::2])))
        after = edits(planned(path, ALIKE).rows)
        common = before.keys() & after.keys()
        assert len(common) >= 5
        for row in common:
            assert before[row] == after[row]

    def test_a_larger_budget_only_adds_rows(self, tmp_path: Path) -> None:
        """What was planned stays planned, for examples and for hours."""
        for small, large in (("7", "33"), ("0.003 h", "0.02 h")):
            rows = [
                edits(planned(write(tmp_path, HEAD + f"budget: {one}\n" + STEPS), ALIKE).rows)
                for one in (small, large)
            ]
            assert len(rows[0]) < len(rows[1])
            assert rows[0].items() <= rows[1].items()

    def test_the_seed_moves_everything(self, tmp_path: Path) -> None:
        """Another seed is another plan."""
        text = HEAD + "budget: 20\n" + STEPS
        one = planned(write(tmp_path, text), {"soft": 1})
        two = planned(write(tmp_path, text.replace("seed: 5", "seed: 6")), {"soft": 1})
        before, after = edits(one.rows), edits(two.rows)
        assert not [row for row in before.keys() & after.keys() if before[row] == after[row]]


class TestParents:
    """Which parents are used, and why others are not."""

    def test_narrow_parents_are_refused_by_a_codec(self, tmp_path: Path) -> None:
        """Each is counted once, with its reason, and no row is made from it."""
        path = write(tmp_path, HEAD + "budget: 40\n" + STEPS)
        made = planned(path, ALIKE, Measures(narrow=["p1", "p2", "p3"]))
        ((reason, count),) = made.refused["phone"].items()
        assert count == 3
        assert "its band ends at 3400 Hz already" in reason
        used = {row.source.facts.id for row in made.rows if row.category == "phone"}
        assert used == {f"p{i}" for i in range(10)} - {"p1", "p2", "p3"}
        assert not made.refused["soft"]

    def test_parents_that_cannot_be_read_are_quarantined(self, tmp_path: Path) -> None:
        """A broken source is named with its reason, used nowhere, and asked about once."""
        path = write(tmp_path, HEAD + "budget: 40\n" + STEPS)
        measures = Measures(broken=["p4"])
        made = planned(path, ALIKE, measures)
        assert made.quarantined == {"p4": "truncated"}
        assert len(made.rows) == 40
        assert "p4" not in {row.source.facts.id for row in made.rows}
        assert measures.asked["p4"] == 1

    def test_no_parent_at_all_ends(self, tmp_path: Path) -> None:
        """Where every parent is refused the plan is short, says so, and does not hang."""
        path = write(tmp_path, HEAD + "budget: 40\n" + STEPS)
        made = planned(path, ALIKE, Measures(narrow=[f"p{i}" for i in range(10)]))
        assert made.counts() == {"soft": 20}
        assert any("'phone' gets 0 examples" in warning for warning in made.warnings)

    def test_from_selects_by_tag(self, tmp_path: Path) -> None:
        """`from` takes parents with any of its tags; without it, all that lack the category's."""
        tags = {0: "phone", 1: "old;phone", 2: "old"}
        made = planned(write(tmp_path, HEAD + "budget: 20\n" + STEPS, 5, tags=tags), ALIKE)
        used = {
            name: {row.source.facts.id for row in made.rows if row.category == name}
            for name in ALIKE
        }
        assert used == {"soft": {"p3", "p4"}, "phone": {"p2", "p3", "p4"}}


def steps(text: str, budget: int = 30) -> str:
    """Return a recipe of one category with these steps."""
    return f"{HEAD}budget: {budget}\ncategories:\n  phone:\n    steps: {text}\n"


PHONE = {"phone": 1.0}


class TestNothingTwice:
    """No row repeats its parent or another row."""

    def test_no_example_is_planned_twice(self, tmp_path: Path) -> None:
        """One way to make it: one example a parent, the rest of the budget is told."""
        path = write(tmp_path, steps("[{codec: {kind: gsm}}]"), 12)
        made = planned(path, PHONE)
        assert sorted(row.source.facts.id for row in made.rows) == sorted(
            f"p{i}" for i in range(12)
        )
        (said,) = [one for one in made.warnings if "'phone' can only" in one]
        assert said.startswith("'phone' can only make 12 different examples, less than its budget")

    def test_every_different_example_is_found(self, tmp_path: Path) -> None:
        """Three coders and two branches that do the same: three examples a parent, no more."""
        text = "[{one_of: [codec, {codec: {kind: gsm}, name: again, weight: 9}]}]"
        made = planned(write(tmp_path, steps(text, 99), 12), PHONE)
        done = {(row.source.facts.id, str(row.edits[0].params["kind"])) for row in made.rows}
        assert len(done) == len(made.rows) == 36
        assert len({row.id for row in made.rows}) == 36

    def test_a_budget_that_repeats_nothing_hides_no_row(self, tmp_path: Path) -> None:
        """A larger budget only adds rows, also where some are skipped."""
        small, large = (
            edits(planned(write(tmp_path, steps("[codec]", n), 12), PHONE).rows) for n in (15, 33)
        )
        assert len(small) == 15
        assert len(large) == 33
        assert list(large.items())[:15] == list(small.items())

    def test_the_same_sound_under_two_names(self, tmp_path: Path) -> None:
        """Parents of one digest make one example."""

        def alike(sources: Sequence[Source]) -> list[Source | str]:
            return [
                replace(one, facts=replace(one.facts, digest="same"))
                for one in Measures()(sources)
                if isinstance(one, Source)
            ]

        recipe = load_recipe(write(tmp_path, steps("[{codec: {kind: gsm}}]")))
        assert len(plan(recipe, PHONE, alike).rows) == 1

    def test_a_row_without_an_edit_is_not_planned(self, tmp_path: Path) -> None:
        """Where chance takes no step the next pair comes; the parent stays for later copies."""
        made = planned(write(tmp_path, steps("[{gain: {}, p: 0.3}, {reverb: {}, p: 0.1}]")), PHONE)
        assert len(made.rows) == 30
        assert all(row.edits for row in made.rows)
        assert {row.source.facts.id for row in made.rows} == {f"p{i}" for i in range(10)}
        assert not made.refused["phone"]

    def test_chance_that_never_comes_ends(self, tmp_path: Path) -> None:
        """A step all but never taken does not hang, and the plan says what it could make."""
        made = planned(write(tmp_path, steps("[{gain: {}, p: 1.0e-12}]")), PHONE)
        assert not made.rows
        assert "'phone' can only make 0 different examples" in made.warnings[0]

    def test_copies_are_counted_by_use(self, tmp_path: Path) -> None:
        """A parent that was skipped a hundred times is not called used a hundred times."""
        made = planned(write(tmp_path, steps("[{gain: {}, p: 0.02}]", 4), 2), PHONE)
        assert max(row.copy for row in made.rows) > 20
        assert not [one for one in made.warnings if "are used" in one]

    @pytest.mark.parametrize(
        "text",
        ["[{gain: {}, p: 0}, {codec: {}, p: 0}]", "[{one_of: [gain, codec], p: 0}]",
         "[{one_of: [{gain: {}, p: 0}, {codec: {}, weight: 0}]}]",
         "[{some_of: {count: 1, steps: [{gain: {}, p: 0}]}}]"],
    )  # fmt: skip
    def test_steps_that_are_never_taken(self, tmp_path: Path, text: str) -> None:
        """They are refused at load, in one sentence and on the steps' line."""
        with pytest.raises(UsageError) as caught:
            load_recipe(write(tmp_path, steps(text)))
        (problem,) = caught.value.problems
        assert "no step can ever be taken; give one a p above 0" in problem.what
        assert ":8:" in problem.where


class TestRefusals:
    """A parent that one operator refuses is served by the others, where there is a choice."""

    NARROW = ("p1", "p2", "p3")

    def steps_of(self, folder: Path, text: str, budget: int = 60) -> tuple[Plan, dict[str, set]]:
        """Return a plan with narrow parents, and the steps each parent got."""
        made = planned(write(folder, steps(text, budget)), PHONE, Measures(narrow=self.NARROW))
        got: dict[str, set] = {}
        for row in made.rows:
            got.setdefault(row.source.facts.id, set()).update(one.step for one in row.edits)
        return made, got

    def test_one_of_takes_another_branch(self, tmp_path: Path) -> None:
        """A narrow parent gets the branch that takes it; a wide one gets either, as before."""
        made, got = self.steps_of(tmp_path, "[{one_of: [codec, gain]}]")
        assert not made.refused["phone"]
        for name in self.NARROW:
            assert got[name] == {"gain"}
        assert set().union(*got.values()) == {"codec", "gain"}
        wide = planned(write(tmp_path, steps("[{one_of: [codec, gain]}]", 60)), PHONE)
        before, after = edits(wide.rows), edits(made.rows)
        moved = {
            row.split("+")[0] for row in before.keys() & after.keys() if before[row] != after[row]
        }
        assert moved <= set(self.NARROW)

    def test_one_of_is_refused_by_all_its_branches(self, tmp_path: Path) -> None:
        """Where every branch of any weight refuses, the parent is refused."""
        text = "[{one_of: [{codec: {kind: gsm}, name: gsm}, codec, {gain: {}, weight: 0}]}]"
        made, got = self.steps_of(tmp_path, text, 20)
        assert not set(self.NARROW) & got.keys()
        ((reason, count),) = made.refused["phone"].items()
        assert count == 3
        assert reason.startswith("step 'gsm': its band ends at 3400 Hz")

    def test_some_of_takes_the_rest(self, tmp_path: Path) -> None:
        """So long as enough steps are left; else the parent is refused."""
        text = "[{some_of: {count: 2, steps: [gain, codec, clipping]}}]"
        made, got = self.steps_of(tmp_path, text)
        assert got["p1"] == {"gain", "clipping"}
        assert got["p0"] == {"gain", "clipping", "codec"}
        made, got = self.steps_of(tmp_path, text.replace("2", "3"))
        assert "p1" not in got
        assert made.refused["phone"].total() == 3

    def test_a_matter_of_chance_is_not_taken(self, tmp_path: Path) -> None:
        """A step with p below 1 leaves out who refuses it; alone, it refuses its parents."""
        made, got = self.steps_of(tmp_path, "[{codec: {}, p: 0.9}, gain]")
        assert got["p1"] == {"gain"}
        assert got["p0"] == {"gain", "codec"}
        assert not made.refused["phone"]
        made, got = self.steps_of(tmp_path, "[{codec: {}, p: 0.9}, {gain: {}, p: 0}]", 20)
        assert "p1" not in got
        assert made.refused["phone"].total() == 3

    def test_reasons_are_in_the_warning(self, tmp_path: Path) -> None:
        """With how many parents each cost; and so they are in the error when nothing is left."""
        path = write(tmp_path, steps("[codec]"))
        made = planned(path, PHONE, Measures(narrow=[f"p{i}" for i in range(10)]))
        assert made.warnings[0].startswith(
            "'phone' gets 0 examples, less than its budget: 10 x step 'codec': its band ends at"
        )

    def test_many_reasons_are_cut_short(self, tmp_path: Path) -> None:
        """Reasons that name each parent do not fill the screen."""
        path = make_project(tmp_path)
        text = path.read_text().replace("{choice: [3, 4]}", "10")
        path.write_text(text)
        (said,) = [one for one in plan_recipe(path).plan.warnings if "'people noise'" in one][:1]
        assert "'people noise' gets 0 examples" in said
        assert "1 x the bank 'prompts' has hardly more than 9 recordings" in said
        assert said.endswith("9 x other reasons")


class TestIdleParameters:
    """What would do nothing is refused, and never written."""

    def test_a_measured_room_has_no_size(self, tmp_path: Path) -> None:
        """A response beside the numbers of a made-up room is told at the step."""
        text = "[{reverb: {response: {pick: rooms}, rt60_s: 0.5, seed: 3}}]"
        (tmp_path / "rooms").mkdir()
        path = write(tmp_path, steps(text).replace("budget", "banks: {rooms: rooms}\nbudget"))
        with pytest.raises(UsageError) as caught:
            load_recipe(path)
        (problem,) = caught.value.problems
        assert "'reverb': rt60_s, seed would do nothing beside response" in problem.what
        good = path.read_text().replace(", rt60_s: 0.5, seed: 3", "")
        path.write_text(good)
        (step,) = load_recipe(path).categories["phone"].steps
        assert step.spec()["reverb.v1"] == {"response": {"pick": "rooms"}}
        path.write_text(good.replace("response: {pick: rooms}", "rt60_s: 0.5, seed: 3"))
        load_recipe(path)


class TestSkew:
    """What the new examples do to the data."""

    def test_shares_by_hand(self, tmp_path: Path) -> None:
        """4 sources, 4 new of the one old clip's category: every share is counted by hand."""
        text = HEAD + "budget: 4\ncategories: {soft: {from: [old], steps: [gain]}}\n"
        path = write(
            tmp_path, text, 4, tags={0: "old;male", 1: "male"}, targets={0: "yes", 1: "no", 2: "no"}
        )
        made = planned(path, {"soft": 1.0})
        shares = {name: (one.before_frac, one.after_frac) for name, one in made.tags.items()}
        assert shares == {
            "clean": (2 / 4, 2 / 8),  # two of the sources have no tags
            "old": (1 / 4, 5 / 8),
            "male": (2 / 4, 6 / 8),
            "soft": (0.0, 4 / 8),
        }
        classes = {name: (one.before_frac, one.after_frac) for name, one in made.classes.items()}
        assert classes == {"yes": (2 / 4, 6 / 8), "no": (2 / 4, 2 / 8)}
        assert "class 'yes' moves from 50% to 75%" in made.warnings

    def test_only_what_grows_is_cautioned(self, tmp_path: Path) -> None:
        """A tag that was common before and is as common after is no news."""
        tags = dict.fromkeys(range(5), "male")
        text = HEAD + "budget: 10\ncategories: {soft: {steps: [gain]}}\n"
        made = planned(write(tmp_path, text, 10, tags=tags), {"soft": 1.0})
        assert [one for one in made.warnings if "'soft' grows from 0% to 50%" in one]
        assert not [one for one in made.warnings if "'male'" in one]

    @pytest.mark.parametrize("budget", ["90", "0.05 h", "5 MB"])
    def test_max_share_caps_whatever_the_budget_is_in(self, tmp_path: Path, budget: str) -> None:
        """No category has more than the cap of source plus new, and not one example is wasted."""
        text = HEAD + f"budget: {budget}\nmix: {{max_share: 0.3}}\n" + STEPS
        made = planned(write(tmp_path, text, 20), {"soft": 3.0, "phone": 1.0})
        total = 20 + len(made.rows)
        counts = made.counts()
        for name in ALIKE:
            assert counts[name] <= 0.3 * total
            assert counts[name] + 1 > 0.3 * (total + 1) - 1
            assert any(f"leaves '{name}' {counts[name]} of" in one for one in made.warnings)
        assert len([one for one in made.warnings if "max_share" in one]) == 2

    def test_max_share_caps_classes_and_tags_that_come_along(self, tmp_path: Path) -> None:
        """New examples carry their parents' class and tags: those are capped too."""
        marks = {"tags": {0: "old", 1: "old"}, "targets": {0: "no", 1: "no"}}
        text = HEAD + (
            "budget: 50\nmix: {max_share: 0.4}\n"
            "categories: {soft: {from: [old], steps: [gain]}, thin: {steps: [codec]}}\n"
        )
        made = planned(write(tmp_path, text, 10, **marks), {"soft": 1.0, "thin": 1.0})
        for name in ("soft", "thin", "old"):
            assert made.tags[name].after_frac <= 0.4 + 1e-9
        assert made.classes["no"].after_frac <= 0.4 + 1e-9
        assert made.classes["yes"].after_frac <= 0.8 + 1e-9, "it had more already: it may keep it"

    def test_a_category_over_the_cap_already_gets_nothing(self, tmp_path: Path) -> None:
        """The source's own share is beyond the cap: no new one, no endless search, a word."""
        text = HEAD + (
            "budget: 10\nmix: {max_share: 0.2}\n"
            "categories: {soft: {tags: [old], from: [clean], steps: [gain]}}\n"
        )
        made = planned(write(tmp_path, text, 4, tags={0: "old", 1: "old"}), {"soft": 1.0})
        assert not made.rows
        assert made.warnings == ["max_share 0.2 leaves 'soft' 0 of 10 examples"]

    @given(st.integers(1, 60), st.floats(0.05, 1.0), st.lists(st.sampled_from("ab"), max_size=12))
    def test_a_cap_always_holds(
        self, tmp_path_factory: pytest.TempPathFactory, budget: int, cap: float, classes: list[str]
    ) -> None:
        """Whatever budget, cap and classes: nothing that grew has more than it may."""
        folder = tmp_path_factory.mktemp("cap")
        text = HEAD + f"budget: {budget}\nmix: {{max_share: {cap}}}\n" + STEPS
        made = planned(write(folder, text, 12, targets=dict(enumerate(classes))), ALIKE)
        for shares in (made.tags, made.classes):
            for name, one in shares.items():
                limit = cap if name in ALIKE else max(cap, one.before_frac)
                assert name == "clean" or one.after_frac <= limit + 1e-9

    def test_many_copies_are_cautioned(self, tmp_path: Path) -> None:
        """So many versions of one recording teach that recording."""
        text = HEAD + "budget: 50\ncategories: {soft: {steps: [gain]}}\n"
        made = planned(write(tmp_path, text, 2), {"soft": 1.0})
        assert "some parents are used 25 times: more parents would teach more" in made.warnings
