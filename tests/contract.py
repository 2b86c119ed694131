"""What every operator promises, as one suite: `check_operator(MyOperator)` checks a new one."""

import atexit
import contextlib
import functools
import inspect
import json
import pickle
import re
import shutil
import sys
import tempfile
import types
from collections.abc import Iterator, Mapping
from dataclasses import FrozenInstanceError, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from contract_parents import (
    all_of,
    array_of,
    change,
    defective,
    facts_of,
    is_for_pictures,
    kinds_of,
    parents_of,
    targets_of,
    tiny_of,
)
from project import RATE_HZ, noise_like

from augmentor.cli.main import cli
from augmentor.core.assets import AssetBank
from augmentor.core.distributions import Distribution, Pick, Seed
from augmentor.core.example import Facts, Waveform
from augmentor.core.operator import Edit, Operator, apply, kernels_for
from augmentor.core.pictures import Instance, Instances
from augmentor.core.stream import Stream
from augmentor.gate.checks import checks
from augmentor.operators import catalog
from augmentor.recipe.schema import recipe_schema
from augmentor.sources.bank import Bank
from augmentor.sources.defect_bank import DefectBank
from augmentor.sources.defect_pack import cut_defects
from augmentor.sources.manifest import Source

COPIES = range(6)


def check_operator(operator: type[Operator]) -> None:
    """Check every promise of an operator, whether or not it is in the catalogue."""
    with _importable(operator), _catalogued(operator):
        for check in CHECKS:
            check(operator)


def is_a_frozen_dataclass_with_a_versioned_name(operator: type[Operator]) -> None:
    """Its name is `word.vN`, its fields are its parameters, and nothing of it can be changed."""
    assert re.fullmatch(r"[a-z][a-z0-9_]*\.v[1-9][0-9]*", operator.name)
    assert operator.key() == operator.name.split(".")[0]
    assert {one.name for one in fields(operator)} == set(operator.params())  # type: ignore[arg-type]
    assert (operator.__doc__ or "").strip()
    if operator.params():
        with pytest.raises(FrozenInstanceError):
            setattr(_made(operator), next(iter(operator.params())), 1)


def declares_its_parameters(operator: type[Operator]) -> None:
    """Each parameter has a line of help, and bounds, choices or a bank; defaults keep them."""
    for name, declared in operator.params().items():
        assert declared.help, name
        assert (
            declared.asset
            or declared.choices
            or declared.within
            or declared.text
            or declared.options
        ), name
        default = getattr(operator, name)
        if declared.asset:
            assert default is None or isinstance(default, Pick), name
        else:
            assert isinstance(default, Distribution), name
            assert all(map(declared.accepts, default.span())), name


def spoils_real_checks_only(operator: type[Operator]) -> None:
    """What it says it makes meaningless are checks of the gate."""
    assert set(operator.spoils) <= set(checks())


def handles_every_target_of_a_source(operator: type[Operator]) -> None:
    """Whatever an example may have is changed or left alone, never passed over."""
    for kinds in targets_of(operator):
        chosen, left_over = kernels_for(operator, kinds)
        assert not left_over
        assert chosen, "it changes nothing of a sound or picture with its label"


def no_default_is_idle(operator: type[Operator]) -> None:
    """It never calls a parameter idle that stands alone, and names only what it was given."""
    names = list(operator.params())
    for name in names:
        assert not operator.idle([name]), name
    assert set(operator.idle(names)) < set(names) or not names


def kernels_take_its_parameters(operator: type[Operator]) -> None:
    """Every kernel takes its targets by place and each drawn parameter by name."""
    for group, kernel in operator.kernels.items():
        inspect.signature(kernel).bind(*group, **_draw(operator, 0).params)


def draws_within_its_bounds(operator: type[Operator]) -> None:
    """Drawn numbers are legal, plain JSON, the same again, and differ between copies."""
    drawn = [_draw(operator, copy).params for copy in range(50)]
    for params in drawn:
        assert json.loads(json.dumps(params)) == params
        for name, value in params.items():
            declared = operator.params()[name]
            assert declared.asset or declared.accepts(value), (name, value)
    assert drawn[3] == _draw(operator, 3).params
    if any(
        len(getattr(operator, n).span()) != 1 for n in operator.params() if _drawable(operator, n)
    ):
        assert len({json.dumps(params, sort_keys=True) for params in drawn}) > 1


def writes_to_no_input(operator: type[Operator]) -> None:
    """Its kernels work on arrays that cannot be written to, and leave them as they were."""
    for parent in parents_of(operator):
        before = all_of(parent)
        for copy in COPIES:
            apply(operator, parent, _draw(operator, copy), banks())
        assert all_of(parent) == before


def keeps_dtype_and_type(operator: type[Operator]) -> None:
    """A sound stays one channel of float32, a picture keeps its type and colours; all finite."""
    for copy in COPIES:
        for parent in parents_of(operator):
            child = apply(operator, parent, _draw(operator, copy), banks())
            before, after = array_of(parent), array_of(child)
            assert after.dtype == before.dtype
            assert after.ndim == before.ndim
            assert after.shape[2:] == before.shape[2:]
            assert np.isfinite(after).all()
            assert kinds_of(child) == kinds_of(parent)
            sound, was = child.find(Waveform), parent.find(Waveform)
            assert sound is None or sound.rate_hz == was.rate_hz  # type: ignore[attr-defined, union-attr]


def same_edit_same_bytes(operator: type[Operator]) -> None:
    """An edit that went through JSON and pickle makes the same bytes, targets and notes."""
    for parent in parents_of(operator):
        for copy in COPIES:
            edit = _draw(operator, copy)
            stored = Edit.from_json(json.loads(json.dumps(edit.to_json())))
            pickled = pickle.loads(pickle.dumps(edit))
            first, *others = (
                apply(operator, parent, one, banks()) for one in (edit, edit, stored, pickled)
            )
            for other in others:
                assert all_of(first) == all_of(other)
                assert first.notes == other.notes


def marks_exactly_what_it_changed(operator: type[Operator]) -> None:
    """What it marks is what differs; older masks are cut there; boxes are tight."""
    if "label" not in operator.params():
        return
    for parent in parents_of(operator):
        for copy in COPIES:
            edit = _draw(operator, copy)
            child = apply(operator, parent, edit, banks())
            differs = array_of(parent) != array_of(child)
            changed = differs if differs.ndim == 2 else differs.any(axis=2)
            before, after = parent.find(Instances), child.find(Instances)
            assert isinstance(before, Instances)
            assert isinstance(after, Instances)
            made = [one for one in after.items if one.made]
            assert len(made) == bool(changed.any())
            for one in made:
                np.testing.assert_array_equal(one.drawn(*changed.shape), changed)
                assert one.label == edit.params["label"] or not edit.params["label"]
                assert one.mask is not None
                assert one.mask[0].any()
                assert one.mask[:, -1].any()
            for was in before.items:
                left = [one for one in after.items if one.label == was.label and not one.made]
                if was.mask is not None:
                    expected = was.drawn(*changed.shape) & ~changed
                    assert len(left) == expected.any()
                    for one in left:
                        np.testing.assert_array_equal(one.drawn(*changed.shape), expected)


def measures_in_plain_json(operator: type[Operator]) -> None:
    """Its notes are flat JSON without infinity: numbers, words, true and false, null."""
    for parent in parents_of(operator):
        for copy in COPIES:
            for notes in apply(operator, parent, _draw(operator, copy), banks()).notes:
                assert json.loads(json.dumps(notes, allow_nan=False)) == notes
                assert all(isinstance(one, str | int | float | None) for one in notes.values())


def works_on_next_to_nothing(operator: type[Operator]) -> None:
    """A sound of a few samples, a picture of one pixel is rendered without a fault."""
    for parent in tiny_of(operator):
        child = apply(operator, parent, _draw(operator, 0), banks())
        assert np.isfinite(array_of(child)).all()


def pickles(operator: type[Operator]) -> None:
    """The class, an operator and its draws cross process borders unchanged."""
    made = _made(operator)
    again = pickle.loads(pickle.dumps(made))
    assert type(again) is operator
    assert again == made
    stream = Stream(3).at("category", "parent", 0, 0)
    facts = facts_of(operator)
    assert again.draw(facts, stream) == made.draw(facts, stream)


def mild_changes_less_than_harsh(operator: type[Operator]) -> None:
    """At severity 0 an example is changed less than at severity 1, seeds and assets alike."""
    facts, parent = facts_of(operator), parents_of(operator)[-1]
    mild, harsh = (
        Edit("step", operator.name, _made(operator).draw(facts, _Level(operator, unit)))  # type: ignore[arg-type]
        for unit in (1e-9, 1 - 1e-9)
    )
    if mild == harsh:
        return  # nothing of it has an order of severity
    made = [apply(operator, parent, edit, banks()) for edit in (mild, harsh)]
    assert change(parent, made[0]) < change(parent, made[1])


def is_in_schema_and_help(operator: type[Operator]) -> None:
    """The schema describes it under both its names, and `operators NAME` prints each parameter."""
    definitions = recipe_schema()["$defs"]
    step, params = (definitions[f"{kind}_{operator.key()}"] for kind in ("step", "params"))
    for name in (operator.key(), operator.name):
        named = {one for one, declared in operator.params().items() if not declared.options}
        named |= {"like"} if operator.fits else set()
        assert step["properties"][name]["$ref"].endswith(f"/params_{operator.key()}")
        assert set(params["properties"]) == named
    shown = CliRunner().invoke(cli, ["operators", operator.key()], standalone_mode=False)
    assert shown.exception is None
    for name, declared in operator.params().items():
        assert re.search(rf"^{name} +.*{re.escape(declared.help)}", shown.output, re.MULTILINE)
        assert declared.allowed() in shown.output
    assert catalog.operators()[operator.key()] is catalog.operators()[operator.name] is operator


CHECKS = (
    is_a_frozen_dataclass_with_a_versioned_name,
    declares_its_parameters,
    spoils_real_checks_only,
    handles_every_target_of_a_source,
    no_default_is_idle,
    kernels_take_its_parameters,
    draws_within_its_bounds,
    writes_to_no_input,
    marks_exactly_what_it_changed,
    keeps_dtype_and_type,
    same_edit_same_bytes,
    measures_in_plain_json,
    works_on_next_to_nothing,
    pickles,
    mild_changes_less_than_harsh,
    is_in_schema_and_help,
)


@functools.cache
def banks() -> Mapping[str, AssetBank]:
    """Return banks of noise or talkers, of impulse responses, and of real defects."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for index in range(8):
        for name, sound in (
            ("recordings", noise_like(1.0 + index % 4 / 2, seed=index)),
            ("responses", np.concatenate([[0.9], 0.1 * noise_like(0.2, seed=index)])),
        ):
            (folder / name).mkdir(exist_ok=True)
            soundfile.write(folder / name / f"{index}.wav", sound, RATE_HZ, subtype="PCM_16")
    return {
        "recordings": _bank(folder, "recordings", intact=False),
        "responses": _bank(folder, "responses", intact=True),
        "defects": _defects(folder),
    }


def _defects(folder: Path) -> DefectBank:
    """Return a bank of three defects, cut out of pictures as an inspector marked them."""
    marked = []
    for number, (pixels, spot) in enumerate(defective()):
        instance = Instance.of_mask("spot", spot)
        assert instance is not None
        source = Source(Facts(f"real{number}", group="other"), folder / f"{number}.png")
        marked.append((source, pixels, Instances((instance,))))
    cut_defects(marked, folder / "defects.zip")
    return DefectBank("defects", folder / "defects.zip", folder)


def _bank(folder: Path, name: str, *, intact: bool) -> Bank:
    from augmentor.sources.manifest import read_sources
    from augmentor.sources.pack import pack

    packed = folder / f"{name}.bank"
    pack(read_sources(folder / name), packed, RATE_HZ, intact=intact)
    return Bank(name, packed, RATE_HZ, folder)


def _made(operator: type[Operator]) -> Operator:
    """Return the operator with its defaults, and a bank wherever it must have one."""
    picks: dict[str, Any] = {}
    for name, declared in operator.params().items():
        if declared.asset and not declared.optional:
            bank = "responses" if declared.intact else "recordings"
            bank = "defects" if is_for_pictures(operator) else bank
            picks[name] = Pick(bank, banks()[bank])
    return operator(**picks)


def _draw(operator: type[Operator], copy: int) -> Edit:
    stream = Stream(11).at("category", "parent", copy, 0, "step")
    return Edit("step", operator.name, _made(operator).draw(facts_of(operator), stream))


def _drawable(operator: type[Operator], name: str) -> bool:
    return getattr(operator, name) is not None


@dataclass(frozen=True)
class _Level:
    """A stream at one severity; seeds and picks, which have none, are drawn as ever, but alike."""

    operator: type[Operator]
    severity: float
    fixed: bool = False

    def at(self, *names: str | int) -> "_Level | Stream":
        params = self.operator.params()
        if self.fixed or names[0] not in params:
            return self
        name = str(names[0])
        if params[name].asset or isinstance(getattr(self.operator, name), Seed):
            return Stream(3).at(*names)
        return replace(self, fixed=True)

    def unit(self) -> float:
        return self.severity

    def word(self) -> int:
        return int(self.severity * 2**64)


@contextlib.contextmanager
def _importable(operator: type[Operator]) -> Iterator[None]:
    """Let a class be found under its module's name, as pickle wants, where that is no file yet."""
    assert "<locals>" not in operator.__qualname__, "write the class at the top of a module"
    known = sys.modules.get(operator.__module__)
    if known is not None and getattr(known, operator.__qualname__, None) is operator:
        yield
        return
    module = types.ModuleType(operator.__module__)
    setattr(module, operator.__qualname__, operator)
    sys.modules[operator.__module__] = module
    try:
        yield
    finally:
        del sys.modules[operator.__module__]
        if known is not None:
            sys.modules[operator.__module__] = known


@contextlib.contextmanager
def _catalogued(operator: type[Operator]) -> Iterator[None]:
    """Put an operator into the catalogue where it is not there yet."""
    before = catalog.CATALOG
    if operator not in before:
        catalog.CATALOG = (*before, operator)
    try:
        yield
    finally:
        catalog.CATALOG = before
