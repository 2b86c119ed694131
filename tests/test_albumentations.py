"""Transforms of albumentations: checked at load, their chance ours, what is marked follows."""

import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from click.testing import CliRunner
from torch.utils.data import DataLoader, Dataset

from augmentor.cli.main import cli
from augmentor.core.distributions import Constant
from augmentor.core.errors import BadSourceError, Problem
from augmentor.core.example import Example, Facts, Label, Target
from augmentor.core.operator import Edit, apply, kernels_for
from augmentor.core.pictures import Image, Instance, Instances, Keypoints, Mask
from augmentor.core.stream import Stream
from augmentor.files.document import read_yaml
from augmentor.kernels import adapted
from augmentor.kernels.adapted import transformed, transforms
from augmentor.kernels.adapted_schema import options_of, wrong
from augmentor.operators.albumentations import Albumentations
from augmentor.recipe.parse import StepParser
from augmentor.recipe.steps import OpStep

ROOT = Path(__file__).parent.parent
NEEDED: dict[str, dict[str, Any]] = {
    "AtLeastOneBBoxRandomCrop": {"height": 32, "width": 40},
    "CenterCrop": {"height": 32, "width": 40},
    "Crop": {"x_max": 50, "y_max": 40},
    "CropAndPad": {"px": 4},
    "CropNonEmptyMaskIfExists": {"height": 32, "width": 40},
    "GridElasticDeform": {"num_grid_xy": [4, 4], "magnitude": 6},
    "LongestMaxSize": {"max_size": 48},
    "RandomCrop": {"height": 32, "width": 40},
    "RandomResizedCrop": {"size": [32, 40]},
    "RandomSizedBBoxSafeCrop": {"height": 32, "width": 40},
    "RandomSizedCrop": {"min_max_height": [20, 40], "size": [32, 40]},
    "Resize": {"height": 50, "width": 80},
    "SmallestMaxSize": {"max_size": 48},
}
"""The parameters that a transform has no default for, or whose default is for larger pictures."""


def picture(*colours: int) -> Image:
    """Return a slope with some texture, 64 x 64."""
    chance = np.random.Generator(np.random.Philox(key=5))
    texture = chance.integers(0, 50, (64, 64, *colours))
    slope = np.linspace(20, 180, 64).reshape(1, 64, *[1 for _ in colours])
    return Image((texture + slope).astype(np.uint8))


def marked() -> tuple[Instances, Mask, Keypoints]:
    """Return two overlapping things with masks, one with a box, the classes and two points."""
    first, second = np.zeros((64, 64), bool), np.zeros((64, 64), bool)
    first[20:40, 10:30] = True
    second[np.arange(30, 50), np.arange(20, 40)] = True
    things = (Instance.of_mask("spot", first, made=True), Instance("part", (5.0, 6.0, 50.0, 60.0)),
              Instance.of_mask("line", second, crowd=True))  # fmt: skip
    assert all(things)
    points = np.array([[15.5, 25.0], [60.0, 3.5]])
    return (
        Instances(things),  # type: ignore[arg-type]
        Mask(first.astype(np.uint8), ("", "spot")),
        Keypoints(points, ("a", "b"), np.array([True, True])),
    )


def digest(targets: tuple[Any, ...]) -> str:
    """Return a hash of everything in some targets."""
    found = hashlib.blake2b(digest_size=12)
    for one in targets:
        if isinstance(one, Image):
            found.update(repr((one.pixels.dtype, one.pixels.shape)).encode())
            found.update(one.pixels.tobytes())
        elif isinstance(one, Instances):
            for each in one.items:
                found.update(repr((each.label, each.box_px, each.made, each.crowd)).encode())
                found.update(b"" if each.mask is None else each.mask.tobytes())
        elif isinstance(one, Mask):
            found.update(one.classes.tobytes())
        elif isinstance(one, Keypoints):
            found.update(one.points_px.tobytes() + one.visible.tobytes())
    return found.hexdigest()


def done(name: str, seed: int = 7, image: Image | None = None, **options: Any) -> tuple[Any, ...]:
    """Return all targets of a picture after one transform."""
    image = image or picture(3)
    return transformed(image, *marked(), transform=name, options=options, seed=seed)


@pytest.mark.parametrize("name", list(transforms()))
def test_every_transform_gives_the_same_again(name: str) -> None:
    """Same edit, same bytes, whatever the global generators do; inputs and generators rest."""
    options = NEEDED.get(name, {})
    assert not wrong(name, options)
    image, (instances, mask, points) = picture(3), marked()
    for array in (image.pixels, mask.classes, points.points_px, *(m for m in (
        one.mask for one in instances.items) if m is not None)):  # fmt: skip
        array.setflags(write=False)
    made = []
    for disturbed in range(2):
        np.random.seed(disturbed)  # noqa: NPY002 - it must not matter
        random.seed(disturbed)
        states = (np.random.get_state()[1].tolist(), random.getstate())  # noqa: NPY002
        made.append(
            transformed(image, instances, mask, points, transform=name, options=options, seed=3)
        )
        assert (np.random.get_state()[1].tolist(), random.getstate()) == states  # noqa: NPY002
        done("GaussNoise", seed=disturbed)
    assert digest(made[0]) == digest(made[1])
    after, things, classes, moved, notes = made[0]
    assert notes == made[1][4]
    assert json.loads(json.dumps(notes)) == notes
    assert after.pixels.dtype == np.uint8
    assert after.pixels.ndim == 3
    assert classes.classes.shape == after.pixels.shape[:2]
    assert moved.names == points.names
    for one in things.items:
        left, top, right, bottom = one.box_px
        assert 0 <= left < right <= after.width_px
        assert 0 <= top < bottom <= after.height_px
        if one.mask is not None:
            assert one.mask.shape == (bottom - top, right - left)
            edges = (one.mask[0], one.mask[-1], one.mask[:, 0], one.mask[:, -1])
            assert all(edge.any() for edge in edges)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("colours", [(), (3,)])
def test_every_kind_of_picture_comes_back_as_it_was(dtype: str, colours: tuple[int]) -> None:
    """Type and number of colours stay, or the picture is refused with the library's reason."""
    white = {"uint8": 1, "uint16": 257, "float32": np.float32(1 / 255)}[dtype]
    image = Image((picture(*colours).pixels.astype(np.float32) * white).astype(dtype))
    refused = []
    for name in transforms():
        try:
            after = done(name, image=image, **NEEDED.get(name, {}))[0]
        except BadSourceError as error:
            refused.append((name, str(error).startswith(f"albumentations' {name}: ")))
            continue
        assert after.pixels.dtype == image.pixels.dtype
        assert after.pixels.shape[2:] == image.pixels.shape[2:]
    assert refused == ([] if colours else [("ChannelDropout", True)])


def test_sixteen_bits_lose_nothing_on_the_way() -> None:
    """A 16-bit picture that is only flipped keeps every number."""
    pixels = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    after, _, _ = transformed(
        Image(pixels), Instances(), transform="HorizontalFlip", options={}, seed=1
    )
    np.testing.assert_array_equal(after.pixels, pixels[:, ::-1])


def test_everything_follows_a_flip() -> None:
    """Mask, box, classes and points of a mirrored picture are mirrored, and nothing is lost."""
    instances, mask, points = marked()
    after, things, classes, moved, notes = done("HorizontalFlip")
    np.testing.assert_array_equal(after.pixels, picture(3).pixels[:, ::-1])
    np.testing.assert_array_equal(classes.classes, mask.classes[:, ::-1])
    for before, one in zip(instances.items, things.items, strict=True):
        left, top, right, bottom = before.box_px
        assert one.box_px == pytest.approx((64 - right, top, 64 - left, bottom), abs=1e-4)
        assert (one.label, one.made, one.crowd) == (before.label, before.made, before.crowd)
        if before.mask is not None:
            assert one.mask is not None
            np.testing.assert_array_equal(one.mask, before.mask[:, ::-1])
    np.testing.assert_allclose(moved.points_px[:, 0], 64 - points.points_px[:, 0], atol=1e-4)
    np.testing.assert_allclose(moved.points_px[:, 1], points.points_px[:, 1], atol=1e-4)
    assert moved.visible.all()
    assert (notes["lost"], notes["hidden"]) == (0, 0)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("Rotate", {"limit": [20, 20], "border_mode": 0}),
        ("Affine", {"scale": [1.3, 1.3], "rotate": [10, 10]}),
        ("Perspective", {"scale": [0.1, 0.1]}),
        ("RandomCrop", {"height": 50, "width": 50}),
        ("Resize", {"height": 90, "width": 40}),
    ],
)
def test_marks_stay_on_what_they_mark(name: str, options: dict[str, Any]) -> None:
    """A filled ellipse and its mask move together; a point on a dot stays on the dot."""
    pixels = np.zeros((64, 64, 3), np.uint8)
    red, green = (np.ascontiguousarray(pixels[:, :, colour]) for colour in range(2))
    cv2.ellipse(red, (33, 30), (14, 9), 20, 0, 360, 255, -1)
    cv2.circle(green, (38, 26), 2, 255, -1)
    spot = Instance.of_mask("spot", red > 0)
    assert spot is not None
    dot = Keypoints(np.array([[38.5, 26.5]]), ("dot",), np.array([True]))
    after, things, points, _ = transformed(
        Image(np.dstack((red, green, red))), Instances((spot,)), dot,
        transform=name, options=options, seed=2,
    )  # fmt: skip
    seen = after.pixels[:, :, 0] > 127
    mask = things.items[0].drawn(after.height_px, after.width_px)
    assert (seen & mask).sum() / (seen | mask).sum() > 0.9
    light = after.pixels[:, :, 1] / after.pixels[:, :, 1].sum()
    rows, columns = np.mgrid[: after.height_px, : after.width_px] + 0.5
    middle = ((columns * light).sum(), (rows * light).sum())
    np.testing.assert_allclose(points.points_px[0], middle, atol=0.6)


def test_what_is_cut_off_is_lost_and_counted() -> None:
    """A crop drops what lies outside, by mask and by box, and hides the points there."""
    image, (instances, mask, points) = picture(), marked()
    corner = (*instances.items, Instance("far", (58.0, 1.0, 63.0, 5.0)))
    after, things, classes, moved, notes = transformed(
        image, Instances(corner), mask, points,
        transform="Crop", options={"x_max": 40, "y_min": 10, "y_max": 29}, seed=1,
    )  # fmt: skip
    assert after.pixels.shape == classes.classes.shape == (19, 40)
    assert [one.label for one in things.items] == ["spot", "part"]
    assert things.items[0].box_px == (10, 10, 30, 19)
    assert things.items[1].box_px == pytest.approx((5, 0, 40, 19), abs=1e-4)
    assert (notes["lost"], notes["hidden"]) == (2, 1)
    assert moved.visible.tolist() == [True, False]


def test_a_hundred_things_with_masks_keep_their_own() -> None:
    """Things that overlap in any number come back each with its own mask."""
    chance = np.random.Generator(np.random.Philox(key=9))
    things = []
    for number in range(300):
        whole = np.zeros((64, 64), bool)
        top, left = chance.integers(0, 56, 2)
        whole[top : top + 8, left : left + 8] = chance.random((8, 8)) < 0.5
        things.append(Instance.of_mask(str(number), whole))
    _, after, _ = transformed(
        picture(3), Instances(tuple(things)), transform="VerticalFlip", options={}, seed=1  # type: ignore[arg-type]
    )  # fmt: skip
    for before, one in zip(things, after.items, strict=True):
        assert before is not None
        assert one.label == before.label
        np.testing.assert_array_equal(one.drawn(64, 64), before.drawn(64, 64)[::-1])


def test_what_moves_nothing_touches_the_picture_only() -> None:
    """After noise the marks are the very same objects."""
    others = marked()
    after = transformed(picture(3), *others, transform="GaussNoise", options={}, seed=1)
    assert all(one is other for one, other in zip(after[1:4], others, strict=True))


def test_another_seed_is_another_picture() -> None:
    """The seed is what chance there is."""
    assert len({digest(done("GaussNoise", seed=seed)[:1]) for seed in range(20)}) == 20
    assert len({digest(done("Rotate", seed=seed)[:1]) for seed in range(20)}) == 20


def test_two_steps_of_one_kind_differ() -> None:
    """Two turns in one recipe are not by the same angle, though the seed is one."""
    operator = Albumentations(transform=Constant("Rotate"))
    first, second = (
        OpStep(name, operator).draw(Facts("a"), Stream(1).at("c", "a", 0, 0))[0].params
        for name in ("one", "two")
    )
    assert first["seed"] != second["seed"]
    angles = [done("Rotate", seed=one["seed"])[0].pixels for one in (first, second)]
    assert not np.array_equal(*angles)


class Drawn(Dataset[torch.Tensor]):
    """Copies of one picture, each with an edit of its own."""

    operator = Albumentations(
        transform=Constant("RandomBrightnessContrast"), options=Constant({"brightness_limit": 0.4})
    )

    def __len__(self) -> int:
        return 64

    def __getitem__(self, index: int) -> torch.Tensor:
        instances, _, _ = marked()
        targets: Mapping[str, Target] = {
            "image": picture(3), "instances": instances, "label": Label("x"),
        }  # fmt: skip
        params = self.operator.draw(Facts("a"), Stream(3).at("c", "a", index, 0, "step"))
        edit = Edit("step", self.operator.name, params)
        edit = Edit.from_json(json.loads(json.dumps(edit.to_json())))
        after = apply(Albumentations, Example(Facts("a"), targets), edit, {}).targets["image"]
        assert isinstance(after, Image)
        return torch.from_numpy(after.pixels)


@pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning")
def test_any_number_of_workers_draws_the_same_64_different_pictures() -> None:
    """0, 1, 2 or 4 workers: 64 draws are 64 different pictures, the same ones."""
    found = []
    for workers in (0, 1, 2, 4):
        loader = DataLoader(Drawn(), batch_size=4, num_workers=workers)
        found.append([hashlib.sha256(one.numpy().tobytes()).digest() for b in loader for one in b])
    assert len(set(found[0])) == 64
    assert all(one == found[0] for one in found)


def test_a_fresh_process_without_network_makes_the_same_bytes() -> None:
    """Another process, another hash seed, no socket: the same bytes, and nothing is asked for."""
    code = (
        "import socket, sys\n"
        "def no(*_args, **_more): raise AssertionError('network!')\n"
        "for name in ('connect', 'connect_ex', 'sendto', 'bind'):\n"
        "    setattr(socket.socket, name, no)\n"
        "socket.getaddrinfo = socket.gethostbyname = socket.create_connection = no\n"
        "import urllib.request\n"
        "urllib.request.OpenerDirector.open = no\n"
        "sys.path[:0] = ['.', 'tests']\n"
        "from test_albumentations import digest, done\n"
        "print(digest(done('ElasticTransform')), digest(done('RandomRain')))\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "NO_ALBUMENTATIONS_UPDATE"}
    output = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], check=True, capture_output=True, text=True,
        cwd=ROOT, env=environment | {"PYTHONHASHSEED": "77"},
    ).stdout  # fmt: skip
    assert output.split() == [digest(done("ElasticTransform")), digest(done("RandomRain"))]


def problems(tmp_path: Path, step: str) -> tuple[list[Problem], Any]:
    """Return what loading says against a step, and the steps."""
    file = tmp_path / "steps.yaml"
    file.write_text(f"- albumentations: {step}\n")
    document = read_yaml(file)
    catalogue = {"albumentations": Albumentations, "albumentations.v1": Albumentations}
    parser = StepParser(document, catalogue, {})
    steps = parser.steps(document.data, ())
    return parser.problems, steps


@pytest.mark.parametrize(
    ("step", "said", "column"),
    [
        ("{transform: RandomFgo}", "no transform 'RandomFgo'; did you mean 'RandomFog'?", 20),
        ("{transform: qqqq}", "'augmentor operators albumentations' lists them", 20),
        ("{fog_coef_range: [0.1, 0.3]}", "'transform' is missing; write transform: NAME", 3),
        ("{transform: FDA}", "cannot be used: it needs other pictures", 20),
        ("{transform: ToTensorV2}", "another kind of number", 20),
        ("{transform: Pad3D}", "works on volumes", 20),
        ("{transform: OneOf}", "one_of or some_of of the recipe", 20),
        ("{transform: DualTransform}", "no transform 'DualTransform'", 20),
        ("{transform: RandomFog, p: 0.5}", "write p beside the operator", 42),
        (
            "{transform: RandomFog, fog_coef: [0.1, 0.3]}",
            "no parameter 'fog_coef'; did you mean 'fog_coef_range'?; it has: alpha_coef, fog_",
            42,
        ),
        ("{transform: VerticalFlip, limit: 3}", "no parameter 'limit'; it has none", 45),
        ("{transform: RandomFog, fog_coef_range: [0.1, 1.3]}", ">= 0 and <= 1", 42),
        ("{transform: RandomFog, alpha_coef: much}", "should be a valid number", 42),
        ("{transform: Blur, blur_limit: [3, 4]}", "must be odd", 3),
        ("{transform: RandomCrop, height: 9}", "width is missing; it takes int", 3),
        ("{transform: LongestMaxSize}", "Either max_size or max_size_hw", 3),
        ("{transform: Affine, mask_interpolation: 1}", "leave mask_interpolation out", 39),
        ("{transform: 3}", "transform is 3; allowed: a word", 31),
        ("{transform: RandomFog, seed: a}", "seed is 'a'", 48),
    ],
)
def test_mistakes_are_refused_at_load(tmp_path: Path, step: str, said: str, column: int) -> None:
    """Each mistake is named at its place, with the nearest right word or the library's reason."""
    (problem,), _ = problems(tmp_path, step)
    assert said in problem.what
    assert problem.where.endswith(f":1:{column}")


def test_a_right_step_loads_draws_and_is_written_as_it_was(tmp_path: Path) -> None:
    """The edit holds transform, options and seed; the spelt-out step is the recipe's own form."""
    found, steps = problems(tmp_path, "{transform: RandomFog, fog_coef_range: [0.1, 0.3]}")
    assert not found
    (edit,) = steps[0].draw(Facts("a"), Stream(1))
    assert set(edit.params) == {"transform", "options", "seed"}
    assert edit.params["options"] == {"fog_coef_range": [0.1, 0.3]}
    written = steps[0].spec()["albumentations.v1"]
    assert written == {"transform": "RandomFog", "fog_coef_range": [0.1, 0.3]}
    file = tmp_path / "again.yaml"
    file.write_text(json.dumps([{"albumentations.v1": written}]))
    again, other = problems(tmp_path, json.dumps(written))
    assert not again
    assert other[0].operator == steps[0].operator


def test_a_choice_of_transforms_is_checked_one_by_one(tmp_path: Path) -> None:
    """One seed's chance may also choose the transform, where all take the same parameters."""
    found, steps = problems(tmp_path, "{transform: {choice: [HorizontalFlip, VerticalFlip]}}")
    assert not found
    drawn = {steps[0].draw(Facts(str(i)), Stream(i))[0].params["transform"] for i in range(20)}
    assert drawn == {"HorizontalFlip", "VerticalFlip"}
    found, _ = problems(tmp_path, "{transform: {choice: [HorizontalFlip, Resize]}, height: 9}")
    assert {one.what.partition(":")[0] for one in found} == {"step 'albumentations'"}
    assert len(found) == 2


def test_without_the_library_the_step_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recipe that needs it is refused with the command that installs it."""
    monkeypatch.setattr(adapted, "find_spec", lambda name: None)
    (problem,), _ = problems(tmp_path, "{transform: RandomFog}")
    assert "pip install 'augmentor-loop[albumentations]'" in problem.what


def test_a_picture_it_cannot_take_is_the_pictures_fault() -> None:
    """A crop larger than the picture quarantines the picture, with the library's words."""
    with pytest.raises(BadSourceError, match=r"albumentations' RandomCrop: Crop size"):
        done("RandomCrop", height=900, width=900)
    with pytest.raises(BadSourceError, match="ToGray made uint8"):
        done("ToGray", num_output_channels=1)


def test_the_operator_takes_every_target_of_a_picture() -> None:
    """Nothing of an example is passed over."""
    for more in ((), (Mask,), (Keypoints,), (Mask, Keypoints)):
        chosen, left_over = kernels_for(Albumentations, {Image, Instances, Label, *more})
        assert [set(group) for group in chosen] == [{Image, Instances, *more}]
        assert not left_over


def test_every_parameter_is_told_with_what_it_takes() -> None:
    """The command line can say of every parameter of every transform what it takes."""
    silent = [(name, one.name) for name in transforms() for one in options_of(name) if not one.kind]
    assert not silent


def test_the_command_line_lists_transforms_and_their_parameters() -> None:
    """`augmentor operators` shows the transforms as such, and the nearest name of a wrong one."""
    shown = CliRunner().invoke(cli, ["operators", "albumentations"])
    assert not shown.exit_code
    assert "RandomFog" in shown.output
    assert "NoOp" in shown.output
    shown = CliRunner().invoke(cli, ["operators", "albumentations.RandomFog", "--json"])
    first, second = json.loads(shown.stdout)
    assert (first["name"], second["name"]) == ("alpha_coef", "fog_coef_range")
    assert second["default"] == [0.3, 1]
    shown = CliRunner().invoke(cli, ["operators", "albumentations.RandomFgo"])
    assert shown.exit_code
    assert "did you mean 'RandomFog'?" in str(shown.exception)


def test_help_does_not_import_it() -> None:
    """The catalogue and its operators are there without the library."""
    code = (
        "import sys; from augmentor.operators.catalog import operators; "
        "assert 'albumentations' in operators(); sys.exit('albumentations' in sys.modules)"
    )
    assert not subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode
