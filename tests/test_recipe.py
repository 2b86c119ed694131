"""A recipe file: what loads, and how every mistake is told."""

import contextlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from project import RECIPE

from augmentor.core.distributions import Choice, Constant, LogUniform, Pick, Uniform
from augmentor.core.errors import UsageError
from augmentor.operators.codec import Codec
from augmentor.recipe.load import load_recipe
from augmentor.recipe.planner import draw_edits
from augmentor.recipe.recipe import Recipe
from augmentor.recipe.schema import recipe_schema
from augmentor.recipe.steps import OneOf, OpStep, SomeOf, Step
from augmentor.recipe.written import written_recipe


def told(path: Path, text: str | None = None) -> list[tuple[int, int, str]]:
    """Return (line, column, message) of every mistake of a recipe."""
    if text is not None:
        path.write_text(text)
    with pytest.raises(UsageError) as caught:
        load_recipe(path)
    found = []
    for problem in caught.value.problems:
        place = re.fullmatch(rf"{re.escape(str(path))}:(\d+):(\d+)", problem.where)
        assert place, problem
        found.append((int(place[1]), int(place[2]), problem.what))
    return found


def changed(**steps: str) -> str:
    """Return the good recipe with the steps of categories replaced: vehicle, people, low."""
    lines = RECIPE.splitlines(keepends=True)
    starts = {
        "vehicle": "      - mix_noise", "people": "      - mix_babble", "low": "      - one_of"
    }  # fmt: skip
    for name, text in steps.items():
        (at,) = [i for i, line in enumerate(lines) if line.startswith(starts[name])]
        lines[at] = f"      - {text}\n"
    return "".join(lines)


def step_of(path: Path, text: str) -> Step:
    """Return a step as it is read."""
    path.write_text(changed(vehicle=text))
    return load_recipe(path).categories["vehicle noise"].steps[0]


class TestGood:
    """What is right is read as it is meant."""

    def test_a_good_recipe_loads(self, project: Path) -> None:
        """Every part is there, with its defaults."""
        recipe = load_recipe(project)
        assert list(recipe.categories) == ["vehicle noise", "people noise", "low bandwidth"]
        vehicle = recipe.categories["vehicle noise"]
        assert vehicle.takes(("clean",))
        assert not vehicle.takes(("vehicle noise",))
        assert vehicle.child_tags(("clean", "old")) == ("old", "vehicle noise")
        asked = {check.key: str(bound) for check, bound in vehicle.checklist.asked}
        assert asked["estoi"] == ">= 0.05"
        assert asked["peak"] == "<= 1"
        assert "silence_frac" not in asked
        assert (recipe.budget.amount, recipe.budget.unit) == (24, "examples")
        assert len(recipe.sources) == 12

    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            ("3", Constant(3)),
            ("{uniform: [15, -5]}", Uniform(15, -5)),
            ("{choice: [15, 0]}", Choice((15, 0))),
            ("{log_uniform: [20, 1]}", LogUniform(20, 1)),
        ],
    )
    def test_a_parameter_is_a_constant_or_a_distribution(
        self, project: Path, written: str, expected: object
    ) -> None:
        """Each form of a number is read as its distribution."""
        step = step_of(project, f"mix_noise: {{noise: {{pick: vehicle}}, snr_db: {written}}}")
        assert isinstance(step, OpStep)
        assert step.operator.snr_db == expected  # type: ignore[attr-defined]
        assert step.operator.noise == Pick("vehicle")  # type: ignore[attr-defined]

    def test_steps_may_be_bare_versioned_named_and_branched(self, project: Path) -> None:
        """All forms of a step are read, and branches may hold branches."""
        assert step_of(project, "clipping") == step_of(project, "clipping.v1:")
        named = step_of(project, "{gain: {gain_db: -6}, name: soft, p: 0.25, weight: 2}")
        assert (named.name, named.p, named.weight) == ("soft", 0.25, 2)
        branch = step_of(
            project, "{one_of: [gain, {some_of: {count: 1, steps: [clipping, codec]}}]}"
        )
        assert isinstance(branch, OneOf)
        assert isinstance(branch.steps[1], SomeOf)
        assert [one.name for one in branch.walk()] == ["gain", "clipping", "codec"]

    @pytest.mark.parametrize(
        ("written", "amount", "unit"),
        [("1200", 1200, "examples"), ("20 h", 72000, "s"), ("0.5h", 1800, "s"),
         ("2 GB", 2e9, "bytes"), ("10 kB", 1e4, "bytes")],
    )  # fmt: skip
    def test_budgets(self, project: Path, written: str, amount: float, unit: str) -> None:
        """Examples, hours or bytes."""
        project.write_text(RECIPE.replace("budget: 24", f"budget: {written}"))
        budget = load_recipe(project).budget
        assert (budget.amount, budget.unit) == (amount, unit)

    def test_a_category_overrides_the_gate(self, project: Path) -> None:
        """Its own bounds come over the recipe's; null takes a check out, and digits stay."""
        own = "    gate: {clarity: {estoi: null}, realism: {peak: '<= 0.1234567'}}\n    steps:\n"
        project.write_text(RECIPE.replace("    steps:\n", own, 1))
        checklist = load_recipe(project).categories["vehicle noise"].checklist
        asked = {check.key: bound.value for check, bound in checklist.asked}
        assert "estoi" not in asked
        assert asked["peak"] == 0.1234567

    def test_chance_and_branches_make_a_straight_line(self, project: Path) -> None:
        """`p`, one_of and some_of are drawn; a weight of 0 is never taken; order is as written."""
        text = changed(
            vehicle="{one_of: [{gain: {}, weight: 0}, {clipping: {}, weight: 3}, "
            "{codec: {}, weight: 1}], p: 0.5}",
            people="{some_of: {count: 2, steps: [gain, clipping, reverb]}}",
        )
        project.write_text(text)
        recipe = load_recipe(project)
        facts = recipe.sources[0].facts
        branch = [
            [
                edit.step
                for edit in draw_edits(recipe, recipe.categories["vehicle noise"], facts, i, 0)
            ]
            for i in range(2000)
        ]
        counts = {name: branch.count([name]) for name in ("gain", "clipping", "codec")}
        assert counts["gain"] == 0
        assert 650 < counts["clipping"] < 850
        assert 180 < counts["codec"] < 320
        assert 900 < branch.count([]) < 1100
        order = ["gain", "clipping", "reverb"]
        for copy in range(50):
            some = draw_edits(recipe, recipe.categories["people noise"], facts, copy, 0)
            names = [edit.step for edit in some]
            assert len(names) == 2
            assert names == sorted(names, key=order.index)


BAD = """\
augmentor: 1
name: bad name
seeed: 7
seed: seven
source: {manifest: data/trian.jsonl, sample_rate: 16000}
audit: {table: data/errors.csv, metric: accuracy}
banks:
  vehicle: data/noise
  prompts: data/nothing
priorities: {importance: {vehicel noise: 2}, top: 0}
budget: 20 hours
categories:
  vehicle noise:
    share: 0.5
    steps:
      - mix_niose: {snr_db: 3}
      - mix_noise: {noise: {pick: vehicles}, snr: {uniform: [15, -5]}}
  people noise:
    steps:
      - mix_babble: {talkers: {pick: prompts}, count: {choice: [3, 40]}}
      - {gain: {gain_db: {uniform: [0]}}, p: 1.5}
      - gain: {gain_db: loud}
      - some_of: {count: 3, steps: [clipping, codec]}
  low bandwith:
    steps:
      - codec: {kind: gms}
gate:
  realism: {peak: "< 1", estoi: ">= 0.5"}
  clarity: {etsoi: ">= 0.5"}
  tries: 0
mix: {max_share: 40}
"""
EXPECTED = [
    # line, a word of it that stands at the column, what must be said of it
    (2, "bad name", "'name' is 'bad name'; write letters, digits"),
    (3, "seeed", "unknown key 'seeed'; did you mean 'seed'?"),
    (4, "seven", "'seed' is 'seven'; write a whole number"),
    (5, "data/trian.jsonl", "'data/trian.jsonl' is not there"),
    (9, "data/nothing", "'data/nothing' is not there"),
    (10, "vehicel noise", "did you mean 'vehicle noise'?"),
    (10, "0", "'top' is 0; allowed: at least 1"),
    (11, "20 hours", "write examples (1200), hours (20 h) or bytes (2 GB)"),
    (14, "share", "take out 'share' here, or the 'audit'"),
    (16, "mix_niose", "unknown operator 'mix_niose'; did you mean 'mix_noise'?"),
    (17, "vehicles", "no bank 'vehicles'; did you mean 'vehicle'?; banks: vehicle, prompts"),
    (17, "snr:", "unknown parameter 'snr'; did you mean 'snr_db'?; allowed: -20 to 60 dB"),
    (20, "{choice: [3, 40]}", "count is 40; allowed: a whole number from 2 to 10 talkers"),
    (21, "[0]", "gain_db: 'uniform' takes two numbers, [mild, harsh]"),
    (21, "1.5", "'p' is 1.5; allowed: 0 to 1"),
    (22, "gain", "two steps of this category are named 'gain' (the first on line 21)"),
    (22, "loud", "gain_db is 'loud'; allowed: -60 to 40 dB"),
    (23, "3", "count is 3; allowed: 1 to 2, the steps"),
    (24, "low bandwith", "no tag 'low bandwith'; did you mean 'low bandwidth'?"),
    (26, "gms", "kind is 'gms'; allowed: alaw or mulaw or gsm"),
    (28, '"< 1"', '\'< 1\' is not a bound; write it as "<= 0.5" or ">= 0.5"'),
    (28, "estoi", "realism has no check 'estoi'; it belongs under 'clarity'"),
    (29, "etsoi", "clarity has no check 'etsoi'; did you mean 'estoi'?"),
    (30, "0", "'tries' is 0; allowed: at least 1, at most 50"),
    (31, "40", "'max_share' is 40; allowed: above 0, at most 1"),
]


class TestMistakes:
    """All mistakes at once, each with its place and what to write."""

    def test_twenty_five_mistakes_are_told_at_once(self, project: Path) -> None:
        """Every one is there, at its own line and column, and nothing else is."""
        found = told(project, BAD)
        lines = BAD.splitlines()
        expected = []
        for line, word, what in EXPECTED:
            here = [one for one in found if one[0] == line and what in one[2]]
            assert here, (line, what, [one for one in found if one[0] == line])
            assert here[0][1] == lines[line - 1].index(word) + 1, (here[0], word)
            expected.append(here[0])
        assert sorted(found) == sorted(expected)
        assert found == sorted(found, key=lambda one: one[:2]), "in the order of the file"

    def test_one_mistake_hides_no_other(self, project: Path) -> None:
        """A mistake of the frame leaves steps, gate, tables and selections checked, and back."""
        text = RECIPE.replace("seed: 7", "sed: 7").replace(">= 0.05", "> 0.05")
        text = text.replace("[clean]", "[cleen]").replace("errors.csv", "mistakes.csv")
        messages = [what for _, _, what in told(project, text)]
        assert len(messages) == 4
        for word in ("'sed'", "'data/mistakes.csv' is not there", "did you mean 'clean'", "> 0.05"):
            assert any(word in message for message in messages), word

    @pytest.mark.parametrize(
        ("bad", "good", "what"),
        [
            ("source: {manifest: data/noise", "source: {manifest: data/train.jsonl", None),
            ("source: data/train.jsonl #", "source:", "write a mapping, {key: value}"),
            ("from: clean", "from: [clean]", "write a list, [a, b]"),
            ("from: []", "from: [clean]", "'from' is empty; write at least one"),
            ("from: [noisy]", "from: [clean]", "the source's tags: clean"),
            ("budget: 0", "budget: 24", "1 to 1000000000 examples"),
            ("budget: true", "budget: 24", "write examples (1200), hours (20 h)"),
            ("budget: -3 h", "budget: 24", "write examples (1200), hours (20 h)"),
            ("seed: '7'", "seed: 7", "write a whole number"),
            ("seed: 1.5", "seed: 7", "write a whole number"),
            ("name: 2024-05-01", "name: small", "a date; write a text in quotes"),
            ("name: ''", "name: small", "write letters, digits"),
            ("augmentor: 2", "augmentor: 1", "'augmentor' is 2; allowed: 1"),
            ("vehicle: [data/noise]", "vehicle: data/noise", "write a text"),
            ("- gain: {volume: 3} #", "- mix_noise:", "unknown parameter 'volume'"),
            ("- mix_noise: #", "- mix_noise:", "'noise' is missing; write noise: {pick: BANK}"),
            ("- {mix_noise: {}, gain: {}} #", "- mix_noise:", "this one has mix_noise, gain"),
            ("- {name: x} #", "- mix_noise:", "this one names no operator"),
            ("- 3.5 #", "- mix_noise:", "a step is written as '- OPERATOR: {parameters}'"),
            ("- one_of: [] #", "- mix_noise:", "a list of steps is wanted"),
            ("- some_of: [gain] #", "- mix_noise:", "{count: K, steps: [...]}"),
            ("- {gain: {}, name: [a]} #", "- mix_noise:", "a step's name is a word"),
            ("- {gain: {}, weight: -1} #", "- mix_noise:", "'weight' is -1; allowed: 0 to"),
            ("- one_of: [{gain: {}, weight: 0}] #", "- mix_noise:", "every weight is 0"),
            ("snr_db: [15, -5] } #", "snr_db: {uniform: [15", "write {uniform: [15, -5]}"),
            ("count: [3, 4], snr_db: 3} #", "count: {choice", "write {choice: [3, 4]}"),
            ("count: {uniform: [3, 4]}} #", "count: {choice", "takes one value, or {choice"),
            ("count: .nan} #", "count: {choice", "count is nan; allowed: a whole number"),
            ("snr_db: {normal: [1, 2]}} #", "snr_db: {uniform: [15", "not normal"),
            ("snr_db: {}} #", "snr_db: {uniform: [15", "not nothing"),
            ("noise: vehicle} #", "noise: {pick: vehicle}", "'noise' is written as {pick: BANK}"),
            ("estoi: 0.5}", 'estoi: ">= 0.05"}', "with the quotes"),
            ("{silence: null}", "{silence_frac: null}", "did you mean 'silence_frac'"),
            ("tries: 3\n  difficulty: {model: my model}", "tries: 3", "package.module:function"),
            ("tries: 3\nmix: {max_share: .nan}", "tries: 3", "allowed: above 0, at most 1"),
            ("tries: 3\noutput: {folder: ''}", "tries: 3", "'folder' is empty"),
        ],
    )  # fmt: skip
    def test_one_mistake(self, project: Path, bad: str, good: str, what: str | None) -> None:
        """Each is told alone, on its own line, with what to write; a folder of sounds is none."""
        assert good in RECIPE
        text = RECIPE.replace(good, bad, 1)
        if what is None:
            project.write_text(text.replace("    from: [clean]\n", ""))
            assert len(load_recipe(project).sources) == 3
            return
        found = told(project, text)
        added = bad.splitlines()[-1]
        line = next(n for n, one in enumerate(text.splitlines(), 1) if added.strip() in one)
        assert [one[0] for one in found] == [line], found
        assert what in found[0][2]

    def test_a_check_that_means_nothing_is_refused(self, project: Path) -> None:
        """ESTOI compares moment by moment: not after a change of speed."""
        gate = "    gate: {clarity: {estoi: '>= 0.5'}}\n    steps:\n"
        text = changed(vehicle="speed_perturb").replace("    steps:\n", gate, 1)
        ((_, _, what),) = told(project, text)
        assert "'estoi' means nothing after speed_perturb; write estoi: null here" in what

    def test_everything_carries_the_tag_already(self, project: Path) -> None:
        """A category that excludes every parent is refused."""
        tags = "    tags: [clean, people noise]\n"
        ((_, _, what),) = told(
            project, RECIPE.replace("  people noise:\n", f"  people noise:\n{tags}")
        )
        assert "every source carries one of clean, people noise already" in what

    def test_shares_without_an_audit(self, project: Path) -> None:
        """All or none, summing to 1; priorities weigh an audit that is not there."""
        text = RECIPE.replace("audit: {table: data/errors.csv}\n", "priorities: {top: 1}\n")
        text = text.replace("    from: [clean]\n", "    share: 0.5\n")
        found = told(project, text)
        assert "weighs the ranking of an audit" in found[0][2]
        assert "1 of 3 state one, summing to 0.5" in found[1][2]

    def test_a_bad_table_is_told_with_the_rest(self, project: Path) -> None:
        """Mistakes in the manifest and the error table have their own file and line."""
        data = project.parent / "data"
        (data / "errors.csv").write_text("id,target,tags\na,b,clean\n")
        (data / "train.jsonl").write_text('{"id": "a"}\n{oops\n')
        project.write_text(RECIPE.replace("seed: 7", "seed: -7"))
        with pytest.raises(UsageError) as caught:
            load_recipe(project)
        places = {problem.where.partition("data/")[2] for problem in caught.value.problems}
        assert any(place.startswith("errors.csv") for place in places)
        assert {"train.jsonl:1"} <= places
        assert len(caught.value.problems) == 4

    def test_a_category_serves_the_tag_of_its_name(self, project: Path) -> None:
        """Tags of the audit may be served together, each known and none forgotten."""
        head = "  vehicle noise:\n"
        for tags, what in (
            ("[people noise]", "is a tag of its own in the audit's table"),
            ("[vehicle noise, cars]", "the audit's table has no tag 'cars'"),
        ):
            text = RECIPE.replace(head, f"{head}    tags: {tags}\n")
            ((line, _, message),) = told(project, text)
            assert line == 12
            assert what in message

    def test_an_empty_source(self, project: Path) -> None:
        """A folder without sounds is refused at load."""
        (project.parent / "silence").mkdir()
        text = RECIPE.replace("source: {manifest: data/train.jsonl", "source: {manifest: silence")
        ((line, _, what),) = told(project, text)
        assert (line, what) == (4, "'silence' holds no examples")


class TestYaml:
    """What YAML itself makes of a file."""

    @pytest.mark.parametrize(
        ("text", "line", "what"),
        [
            (RECIPE.replace("seed: 7", "seed: [7"), None, "not YAML"),
            (RECIPE.replace("  vehicle: data", "\tvehicle: data"), 7, "not YAML"),
            (RECIPE + "seed: 8\n", 25, "'seed' is written twice here; the first is on line 3"),
            (RECIPE + "x: {y: 1, y: 2}\n", 25, "'y' is written twice here"),
            (RECIPE + "x: &a [*a]\n", 25, "an entry that holds itself"),
            (RECIPE + "? [a, b]\n: c\n", 25, "a key is a word, not a list"),
            (RECIPE + "5: c\n", 25, "the key 5 is no text; write it in quotes: '5'"),
            (RECIPE + "on: c\n", 25, "the key on is no text"),
            (RECIPE + "x: \x07\n", 25, "not YAML"),
            (RECIPE + "x: 2001-13-45\n", 25, "month must be in 1..12"),
            (RECIPE + "x: !!python/object:os.system y\n", 25, "not YAML"),
            (RECIPE + "x: *nobody\n", 25, "not YAML"),
            (RECIPE + "---\nx: 1\n", 25, "not YAML"),
            ("", 1, "a recipe is a mapping"),
            ("- a\n- b\n", 1, "a recipe is a mapping"),
            ("a recipe", 1, "a recipe is a mapping"),
        ],
    )
    def test_a_bad_file(self, project: Path, text: str, line: int | None, what: str) -> None:
        """The line is told and nothing is raised but words."""
        found = told(project, text)
        assert any(what in one[2] for one in found), found
        assert line is None or line in [one[0] for one in found]

    def test_files_that_are_none(self, project: Path) -> None:
        """Missing, a folder, not text, beyond any depth or size: each in words."""
        (project.parent / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
        (project.parent / "deep.yaml").write_text("[" * 5000)
        bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
            f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]\n"
            for before, name in zip("abcdefgh", "bcdefghi", strict=True)
        )
        (project.parent / "bomb.yaml").write_text(bomb)
        for name, what in (
            ("no.yaml", "no such file"), ("data", "is a folder"), ("bytes.yaml", "as text"),
            ("deep.yaml", "nested too deeply"), ("bomb.yaml", "over 100000 entries"),
            ("x" * 5000, "cannot be read"), ("data/errors.csv/x.yaml", "cannot be read"),
        ):  # fmt: skip
            with pytest.raises(UsageError, match=what):
                load_recipe(project.parent / name)


WORDS = st.sampled_from(
    ["", "5", "-1", "null", "[]", "{}", "[a]", "{a: b}", "'", '"', ":", "-", "  ", "\t", "\n", "#",
     "&a", "*a", "!!int x", "yes", ".nan", ".inf", "1e400", "9" * 400, "2001-01-99", "0b_", "1:2:3",
     "\x00", "é", "{uniform: [1, 2]}", "one_of", "- x", "<<: {a: 1}", "? x", "%", "@", "`", "|"]
)  # fmt: skip


class TestMutations:
    """Whatever stands in the file, it loads or its mistakes are told."""

    @settings(
        max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        st.lists(
            st.tuples(st.integers(0, len(RECIPE)), st.integers(0, 12), WORDS),
            min_size=1,
            max_size=4,
        )
    )
    def test_a_mutated_recipe_loads_or_is_refused_in_words(
        self, project: Path, cuts: list[tuple[int, int, str]]
    ) -> None:
        """Random cuts and insertions raise nothing but UsageError."""
        text = RECIPE
        for at, length, word in cuts:
            text = text[:at] + word + text[at + length :]
        project.write_text(text)
        with contextlib.suppress(UsageError):
            load_recipe(project)

    @settings(
        max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(st.data())
    def test_any_value_may_stand_anywhere(self, project: Path, data: st.DataObject) -> None:
        """Any value in place of any part of the recipe is told, not tripped over."""
        tree = yaml.safe_load(RECIPE)
        here: Any = tree
        while True:
            keys = list(here) if isinstance(here, dict) else list(range(len(here)))
            key = data.draw(st.sampled_from(keys))
            if not isinstance(here[key], dict | list) or not here[key] or data.draw(st.booleans()):
                break
            here = here[key]
        here[key] = data.draw(
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
                | st.dates(),
                lambda inner: st.lists(inner, max_size=2)
                | st.dictionaries(st.sampled_from(["name", "p", "gain", "uniform", "x"]), inner),
                max_leaves=4,
            )
        )  # fmt: skip
        project.write_text(yaml.safe_dump(tree, allow_unicode=True))
        with contextlib.suppress(UsageError):
            load_recipe(project)


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    """Return a validator of the recipe's schema."""
    return jsonschema.Draft202012Validator(recipe_schema())


class TestSchema:
    """The JSON Schema that editors check with."""

    def test_it_is_a_schema(self) -> None:
        """It is valid itself, and plain JSON."""
        jsonschema.Draft202012Validator.check_schema(recipe_schema())
        assert json.loads(json.dumps(recipe_schema())) == recipe_schema()

    def test_it_accepts_what_loads(
        self, project: Path, validator: jsonschema.Draft202012Validator
    ) -> None:
        """The good recipe, and the same as it is resolved."""
        validator.validate(yaml.safe_load(RECIPE))
        written = written_recipe(load_recipe(project), project.parent / "runs")
        validator.validate(yaml.safe_load(written))

    @pytest.mark.parametrize(
        "change",
        [
            lambda tree: tree.update(seeed=1),
            lambda tree: tree.pop("budget"),
            lambda tree: tree["source"].update(sample_rate="16k"),
            lambda tree: tree["source"].update(manifst="x"),
            lambda tree: tree["gate"]["clarity"].update(etsoi=">= 0.5"),
            lambda tree: tree["gate"]["clarity"].update(estoi="> 0.5"),
            lambda tree: tree["gate"]["realism"].update(estoi=">= 0.5"),
            lambda tree: steps(tree).append("gian"),
            lambda tree: steps(tree).append({"gain": {"gain": 3}}),
            lambda tree: steps(tree).append({"gain": {"gain_db": 300}}),
            lambda tree: steps(tree).append({"gain": {"gain_db": {"uniform": [0]}}}),
            lambda tree: steps(tree).append({"gain": {}, "p": 2}),
            lambda tree: steps(tree).append({"gain": {}, "clipping": {}}),
            lambda tree: steps(tree).append({"gain": {}, "gain.v1": {}}),
            lambda tree: steps(tree).append({"codec": {"kind": "gms"}}),
            lambda tree: steps(tree).append({"mix_noise": {}}),
            lambda tree: steps(tree).append({"mix_noise": {"noise": "vehicle"}}),
            lambda tree: steps(tree).append({"some_of": {"steps": ["gain"]}}),
            lambda tree: steps(tree).append({"reverb": {"seed": 0.5}}),
        ],
    )
    def test_it_refuses_what_does_not_load(
        self,
        project: Path,
        validator: jsonschema.Draft202012Validator,
        change: Callable[[dict[str, Any]], None],
    ) -> None:
        """Schema and loader agree that these are mistakes."""
        tree = yaml.safe_load(RECIPE)
        change(tree)
        assert not validator.is_valid(tree)
        told(project, yaml.safe_dump(tree))


def steps(tree: dict[str, Any]) -> list[Any]:
    """Return the steps of the first category."""
    found: list[Any] = tree["categories"]["vehicle noise"]["steps"]
    return found


class TestWritten:
    """A recipe as it was resolved."""

    @pytest.mark.parametrize("folder", [".", "runs/one", "../elsewhere"])
    def test_it_means_the_same(self, project: Path, folder: str) -> None:
        """From any folder it loads again, and draws the very same edits."""
        text = changed(
            vehicle="{reverb: {rt60_s: {log_uniform: [0.2, 0.9]}}, p: 0.5, name: hall}",
            low="{some_of: {count: 1, steps: [{gain: {gain_db: {choice: [-3, -6]}}}, clipping]}}",
        )
        first = RECIPE.replace("budget: 24", "mix: {max_share: 0.5}\nbudget: 1 h")
        for one in (first, text):
            project.write_text(one)
            recipe = load_recipe(project)
            place = project.parent / folder / "recipe.yaml"
            place.parent.mkdir(parents=True, exist_ok=True)
            again = load_recipe(_write(place, written_recipe(recipe, place.parent)))
            assert _edits(again) == _edits(recipe)
            assert again.budget == recipe.budget
            for name, category in recipe.categories.items():
                assert again.categories[name].checklist == category.checklist
            assert written_recipe(again, place.parent) == place.read_text()
            project.write_text(one)

    def test_every_default_is_spelt_out(self, project: Path) -> None:
        """What a run was made with is there to read: versions, bounds, parameters."""
        tree = yaml.safe_load(written_recipe(load_recipe(project), project.parent))
        step = tree["categories"]["low bandwidth"]["steps"][0]["one_of"][0]
        assert (step["name"], step["p"], step["weight"]) == ("gsm", 1.0, 1.0)
        assert set(step["codec.v1"]) == set(Codec.params())
        assert tree["categories"]["low bandwidth"]["tags"] == ["low bandwidth"]
        assert tree["gate"]["realism"] == {"silence_frac": None}
        assert tree["audit"]["metric"] == "accuracy"


def _write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def _edits(recipe: Recipe) -> list[object]:
    return [
        draw_edits(recipe, category, source.facts, copy, 0)
        for category in recipe.categories.values()
        for source in recipe.sources
        for copy in range(2)
    ]
