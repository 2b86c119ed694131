"""The words everything else uses: streams, distributions, edits, dispatch, bounds, mistakes."""

import dataclasses
import json
import pickle
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from augmentor.core.digest import digest_json
from augmentor.core.distributions import (
    FORMS,
    Choice,
    Constant,
    Distribution,
    LogUniform,
    Pick,
    Seed,
    Uniform,
    is_number,
)
from augmentor.core.errors import BadSourceError, Problem, UsageError, listed, nearest
from augmentor.core.example import Example, Facts, Label, Target, Waveform
from augmentor.core.operator import Edit, Operator, apply, kernels_for, param
from augmentor.core.stream import Stream
from augmentor.core.verdict import Bound, Verdict

UNITS = st.floats(0, 1, exclude_max=True)
ENDS = st.floats(-1e6, 1e6)
NAMES = st.one_of(st.text(max_size=8), st.integers(-(10**6), 10**6))


class TestStream:
    """A number belongs to a path of names."""

    def test_a_path_may_be_walked_in_steps(self) -> None:
        """`at` of two names is `at` of one below the other."""
        assert Stream(1).at("a", "b", 3) == Stream(1).at("a").at("b").at(3)

    @given(st.lists(NAMES, max_size=4), st.lists(NAMES, max_size=4))
    def test_paths_that_differ_are_different_places(self, one: list[Any], two: list[Any]) -> None:
        """No two paths run together, whatever their names hold; 1 and "1" are two names."""
        same = Stream(7).at(*one).path == Stream(7).at(*two).path
        assert same == ([(type(n), n) for n in one] == [(type(n), n) for n in two])

    def test_a_number_and_its_text_are_two_names(self) -> None:
        """1 is not "1", and a name with a comma or a quote is one name."""
        root = Stream(1)
        places = [
            root.at(1), root.at("1"), root.at("a", "b"), root.at("a,b"), root.at('a","b'),
            root.at("ab"), root.at("a"), root, Stream(2).at(1),
        ]  # fmt: skip
        assert len({place.word() for place in places}) == len(places)

    @pytest.mark.parametrize("name", [True, None, 1.5, ("a",), b"a"])
    def test_other_things_are_no_names(self, name: Any) -> None:
        """What has no one way to be written is refused, not guessed."""
        with pytest.raises(TypeError, match="a str or an int"):
            Stream(1).at(name)

    def test_the_numbers_are_these_for_ever(self) -> None:
        """Golden values: who changes them changes every recipe's edits."""
        stream = Stream(7).at("vehicle noise", "p001", 0, 0, "mix_noise", "snr_db")
        assert stream.path == b',"vehicle noise","p001",0,0,"mix_noise","snr_db"'
        assert stream.word() == 3400561556609148910
        assert stream.unit() == 0.1843448113673164
        assert Stream(0).unit() == 0.6977283030898168

    def test_numbers_are_even_and_independent(self) -> None:
        """Over 20,000 ids the numbers are uniform, and two parameters are independent."""
        root = Stream(3).at("category")
        units = np.array([
            [root.at(f"p{index:05d}", 0, 0, "step", name).unit() for name in ("snr_db", "noise")]
            for index in range(20_000)
        ])  # fmt: skip
        assert stats.kstest(units[:, 0], "uniform").pvalue > 0.01
        assert stats.kstest(units[:, 1], "uniform").pvalue > 0.01
        cells = np.histogram2d(units[:, 0], units[:, 1], bins=10, range=[[0, 1], [0, 1]])[0]
        assert stats.chisquare(cells.ravel()).pvalue > 0.01

    def test_a_number_is_never_0_nor_1(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The smallest and largest words stay inside, so that a choice of n is below n."""
        for word, low, high in ((0, 0.0, 1e-15), (2**64 - 1, 1 - 1e-15, 1.0)):
            monkeypatch.setattr(Stream, "word", lambda _self, word=word: word)
            assert low < Stream(0).unit() < high
            assert Choice(("a", "b", "c")).at(Stream(0).unit()) in "abc"
            assert 0 <= Seed().at(Stream(0).unit()) < 2**53


class TestDistributions:
    """A quantile function runs from mild at 0 to harsh at 1."""

    @given(ENDS, ENDS, UNITS, UNITS)
    def test_uniform_runs_from_mild_to_harsh(
        self, mild: float, harsh: float, one: float, two: float
    ) -> None:
        """It starts at mild, never leaves the span, and never turns back."""
        drawn = Uniform(mild, harsh)
        assert drawn.at(0) == mild
        slack = 1e-9 * (1 + abs(mild) + abs(harsh))
        assert abs(drawn.at(1) - harsh) <= slack
        for unit in (one, two):
            assert min(drawn.span()) - slack <= drawn.at(unit) <= max(drawn.span()) + slack
        low, high = sorted((one, two))
        assert (drawn.at(high) - drawn.at(low)) * (harsh - mild) >= -slack

    @given(st.floats(1e-3, 1e6), st.floats(1e-3, 1e6), UNITS)
    def test_log_uniform_is_uniform_in_the_logarithm(
        self, mild: float, harsh: float, unit: float
    ) -> None:
        """The logarithm of what it draws is what a uniform distribution of logarithms draws."""
        drawn = LogUniform(mild, harsh).at(unit)
        expected = Uniform(float(np.log(mild)), float(np.log(harsh))).at(unit)
        assert np.log(drawn) == pytest.approx(expected, abs=1e-9)

    @given(st.lists(st.integers(), min_size=1, max_size=9), UNITS)
    def test_choice_takes_its_values_in_order_each_as_often(
        self, values: list[int], unit: float
    ) -> None:
        """The first n-th of the severities gets the first value, and so on."""
        assert Choice(tuple(values)).at(unit) == values[int(unit * len(values))]
        assert Choice(tuple(values)).at(0) == values[0]
        assert Choice(tuple(values)).at(1 - 2**-53) == values[-1]

    @pytest.mark.parametrize(
        ("drawn", "spec"),
        [
            (Constant(3), 3),
            (Uniform(20, 3), {"uniform": [20, 3]}),
            (LogUniform(1, 8), {"log_uniform": [1, 8]}),
            (Choice((1, 2)), {"choice": [1, 2]}),
            (Pick("noise"), {"pick": "noise"}),
            (Seed(), None),
        ],
    )
    def test_each_writes_itself_as_a_recipe_does(self, drawn: Distribution, spec: Any) -> None:
        """`spec` is the recipe's text, and reading it gives the same distribution."""
        assert isinstance(drawn, Distribution)
        assert drawn.spec() == spec
        if isinstance(spec, dict) and "pick" not in spec:
            ((form, inner),) = spec.items()
            assert FORMS[form](inner) == drawn

    @pytest.mark.parametrize("form", ["uniform", "log_uniform"])
    @pytest.mark.parametrize(
        "ends", [3, [1], [1, 2, 3], ["a", 1], [True, 2], [float("nan"), 1], [10**400, 1], None]
    )
    def test_two_numbers_are_wanted(self, form: str, ends: Any) -> None:
        """Anything but two finite numbers is refused in words."""
        with pytest.raises(ValueError, match="takes two numbers"):
            FORMS[form](ends)

    def test_a_logarithm_wants_numbers_above_0(self) -> None:
        """0 has no logarithm."""
        with pytest.raises(ValueError, match="above 0"):
            FORMS["log_uniform"]([0, 1])

    @pytest.mark.parametrize("values", [[], 3, "abc", {"a": 1}])
    def test_a_choice_wants_a_list(self, values: Any) -> None:
        """A choice of nothing is none."""
        with pytest.raises(ValueError, match="takes a list"):
            FORMS["choice"](values)

    def test_a_bank_that_is_not_open_says_so(self) -> None:
        """Drawing from a bank by its name alone is a fault of the program."""
        with pytest.raises(RuntimeError, match="load the recipe"):
            Pick("noise").at(0.5)

    def test_what_a_number_is(self) -> None:
        """Finite, in a float's range, and neither true nor false."""
        assert all(map(is_number, (0, -1.5, 10**300)))
        assert not any(map(is_number, (True, "1", None, float("inf"), float("nan"), 10**400, [1])))


@dataclasses.dataclass(frozen=True)
class Image(Target):
    """A fake picture."""

    name: str


@dataclasses.dataclass(frozen=True)
class Mask(Target):
    """A fake mask."""

    name: str


@dataclasses.dataclass(frozen=True)
class Boxes(Target):
    """Fake boxes."""

    name: str


def together(image: Image, mask: Mask, boxes: Boxes, *, amount: float) -> tuple[Any, ...]:
    """Change three targets at once."""
    return (
        Image(f"{image.name}+{mask.name}+{boxes.name}"), Mask("mask of three"),
        Boxes(f"{amount}"), {"three": True},
    )  # fmt: skip


def picture_alone(image: Image, *, amount: float) -> tuple[Image, dict[str, Any]]:
    """Change a picture."""
    return Image(f"{image.name} alone {amount}"), {"alone": True}


class Bend(Operator):
    """An operator over pictures, with a kernel for three targets and one for a picture alone."""

    name = "bend.v2"
    kernels: ClassVar = {(Image,): picture_alone, (Image, Mask, Boxes): together}
    leaves = (Label,)
    amount: Distribution = param(Uniform(0, 1), within=(0, 2), unit="px", help="how far")


BEND = Edit("bend", "bend.v2", {"amount": 0.5})
PICTURE: dict[str, Target] = {"picture": Image("i"), "class": Label("dog")}


def picture(**more: Target) -> Example:
    """Return a fake example."""
    return Example(Facts("one"), {**PICTURE, **more})


class TestDispatch:
    """Kernels are chosen by the types of an example's targets."""

    def test_a_kernel_for_three_gets_all_three_together(self) -> None:
        """The widest kernel that fits goes first, and nothing is changed twice."""
        child = apply(Bend, picture(m=Mask("m"), b=Boxes("b")), BEND, {})
        assert child.targets == {
            "picture": Image("i+m+b"), "class": Label("dog"), "m": Mask("mask of three"),
            "b": Boxes("0.5"),
        }  # fmt: skip
        assert child.notes == ({"three": True},)
        assert child.edits == (BEND,)

    def test_a_picture_without_the_others_gets_its_own_kernel(self) -> None:
        """What an example lacks is no obstacle where another kernel fits."""
        child = apply(Bend, picture(), BEND, {})
        assert child.find(Image) == Image("i alone 0.5")
        assert child.find(Label) == Label("dog")

    def test_a_leftover_type_is_an_error(self) -> None:
        """A mask that no kernel takes along would no longer fit its picture: refused."""
        with pytest.raises(TypeError, match=r"bend\.v2 says nothing about targets of type Mask"):
            apply(Bend, picture(m=Mask("m")), BEND, {})
        assert kernels_for(Bend, {Image, Mask, Label}) == (((Image,),), {Mask})
        assert kernels_for(Bend, {Image, Mask, Boxes, Label}) == (((Image, Mask, Boxes),), set())

    def test_two_targets_of_a_type_are_an_error(self) -> None:
        """One of them would pass through silently."""
        with pytest.raises(TypeError, match="one target of a type"):
            apply(Bend, picture(second=Image("j")), BEND, {})

    def test_the_parent_stays_as_it_was(self) -> None:
        """Edits pile up on the child alone."""
        parent = picture()
        child = apply(Bend, apply(Bend, parent, BEND, {}), BEND, {})
        assert parent == picture()
        assert child.edits == (BEND, BEND)
        assert child.find(Image) == Image("i alone 0.5 alone 0.5")


class TestOperator:
    """A subclass is a frozen dataclass of distributions."""

    def test_it_is_a_frozen_dataclass_without_a_decorator(self) -> None:
        """Its fields are keywords with defaults; equal ones are equal; none can be changed."""
        assert dataclasses.is_dataclass(Bend)
        assert Bend() == Bend(amount=Uniform(0, 1)) != Bend(amount=Constant(1))
        with pytest.raises(dataclasses.FrozenInstanceError):
            Bend().amount = Constant(1)  # type: ignore[misc]
        with pytest.raises(TypeError):
            Bend(Constant(1))  # type: ignore[misc]

    def test_it_pickles(self) -> None:
        """The class and its objects cross process borders."""
        again = pickle.loads(pickle.dumps((Bend, Bend(amount=Choice((1, 2))))))
        assert again == (Bend, Bend(amount=Choice((1, 2))))

    def test_one_declaration_says_all(self) -> None:
        """Unit and bounds come from the field itself."""
        declared = Bend.params()["amount"]
        assert declared.allowed() == "0 to 2 px"
        assert [declared.accepts(one) for one in (0, 2, 2.1, -1, True, "1", None)] == [
            True, True, False, False, False, False, False
        ]  # fmt: skip
        assert not declared.accepts(float("nan"))
        assert Bend.key() == "bend"

    def test_a_seed_bounds_itself(self) -> None:
        """A seed is a whole number, so that a recipe cannot fix it to half a one."""
        (declared,) = (one.metadata["param"] for one in dataclasses.fields(Seeded))
        assert declared.accepts(5)
        assert not declared.accepts(5.5)
        assert not declared.accepts(-1)
        assert declared.allowed() == "a whole number from 0 to 9007199254740992"

    @given(UNITS)
    def test_a_whole_number_is_whole(self, unit: float) -> None:
        """Infinity and fractions are refused without a fault."""
        declared = Seeded.params()["seed"]
        assert declared.accepts(Seed().at(unit))
        assert not declared.accepts(float("inf"))

    def test_a_draw_depends_on_names_alone(self) -> None:
        """A parameter's number is that of its own path."""
        stream = Stream(1).at("c", "p", 0, 0, "bend")
        assert Bend().draw(Facts("p"), stream) == {"amount": stream.at("amount").unit()}


class Seeded(Operator):
    """An operator with bulk randomness."""

    name = "seeded.v1"
    kernels: ClassVar = {}
    seed: Distribution = param(Seed(), help="of the texture")


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


class TestEdit:
    """An edit is plain JSON."""

    @given(st.text(), st.text(), st.dictionaries(st.text(), JSONS, max_size=4))
    def test_it_comes_back_from_json(self, step: str, op: str, params: dict[str, Any]) -> None:
        """Stored and read, it is the same edit."""
        edit = Edit(step, op, params)
        assert Edit.from_json(json.loads(json.dumps(edit.to_json()))) == edit

    def test_a_digest_does_not_depend_on_the_order_of_keys(self) -> None:
        """The same document has one digest."""
        assert digest_json({"a": 1, "b": [2]}) == digest_json({"b": [2], "a": 1})
        assert digest_json({"a": 1}) != digest_json({"a": "1"})


class TestVerdict:
    """A bound and what follows from it."""

    @pytest.mark.parametrize("text", ["<= 1", ">=0.6", " <= -2.5e-3 ", ">= +4."])
    def test_a_bound_is_read_and_written(self, text: str) -> None:
        """What it writes is read as the same bound."""
        assert Bound.parse(str(Bound.parse(text))) == Bound.parse(text)

    @given(st.sampled_from(["<=", ">="]), st.floats(-1e9, 1e9).map(lambda x: float(f"{x:.12g}")))
    def test_no_digit_is_lost(self, sign: Any, value: float) -> None:
        """A bound of many digits is the same after it was written."""
        assert Bound.parse(str(Bound(sign, value))) == Bound(sign, value)

    @pytest.mark.parametrize("text", ["< 1", "1", "== 1", "<= x", "", None, 1, True, ["<= 1"]])
    def test_another_form_is_refused(self, text: Any) -> None:
        """The message shows the form."""
        with pytest.raises(ValueError, match=r'write it as "<= 0\.5"'):
            Bound.parse(text)

    def test_ends_are_within(self) -> None:
        """Both signs include their number."""
        assert Bound.parse("<= 1").holds(1)
        assert not Bound.parse("<= 1").holds(1.0001)
        assert Bound.parse(">= 1").holds(1)
        assert not Bound.parse(">= 1").holds(0.9999)

    def test_verdicts(self) -> None:
        """Within passes, beyond fails, undefined cannot tell; what is judged is what is written."""
        bound = Bound.parse(">= 0.6")
        assert Verdict.of("estoi.v1", 0.6, bound).outcome == "pass"
        assert Verdict.of("estoi.v1", 0.59996, bound).to_json() == {
            "check": "estoi.v1", "value": 0.6, "bound": ">= 0.6", "outcome": "pass"
        }  # fmt: skip
        assert Verdict.of("estoi.v1", 0.5, bound).outcome == "fail"
        assert Verdict.of("estoi.v1", None, bound).outcome == "cannot tell"

    def test_a_verdict_is_strict_json(self) -> None:
        """What is beyond any bound fails, and is written without JavaScript's Infinity."""
        verdict = Verdict.of("snr_error_db.v1", float("inf"), Bound.parse("<= 0.1"))
        assert verdict.outcome == "fail"
        assert json.loads(json.dumps(verdict.to_json(), allow_nan=False))["value"] is None


class TestMistakes:
    """What a user did wrong, said so that it can be mended."""

    def test_they_cross_process_borders(self) -> None:
        """Every problem is still there after a pickle."""
        error = UsageError([Problem("a:1:2", "x"), Problem("", "y")])
        again = pickle.loads(pickle.dumps(error))
        assert again.problems == error.problems
        assert str(again) == str(error) == "a:1:2  x\ny"
        assert str(pickle.loads(pickle.dumps(BadSourceError("silent")))) == "silent"

    def test_one_sentence_is_one_problem(self) -> None:
        """A text stands for a problem without a place."""
        assert UsageError("no such file").problems == [Problem("", "no such file")]

    def test_the_nearest_word(self) -> None:
        """A slip finds its word, nonsense finds none."""
        assert nearest("snr", ["snr_db", "noise"]) == "; did you mean 'snr_db'?"
        assert nearest("zzz", ["snr_db", "noise"]) == ""
        assert listed(["a", "b", "c"], most=2) == "a, b and 1 more"


class TestWaveform:
    """A sound with what is known of it."""

    def test_its_level_follows_the_speech(self) -> None:
        """Other samples forget the peak; the level moves by what the speech moved."""
        wave = Waveform(np.zeros(160, np.float32), 16000, -26.0, 0.5)
        changed = wave.changed(np.ones(80, np.float32), -6.0)
        assert (changed.active_level_db, changed.peak, changed.duration_s) == (-32.0, None, 0.005)
        assert Waveform(wave.samples, 16000).changed(wave.samples, 3.0).active_level_db is None
