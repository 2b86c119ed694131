"""``augmentor bank --split``: train, dev and test banks that have no recording in common."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from picture_project import RECIPE as PICTURE_RECIPE
from picture_project import make_picture_project
from project import RATE_HZ, RECIPE, make_project, noise_like, write_manifest

from augmentor.api.leaks import leaks_of
from augmentor.cli.main import entry
from augmentor.core.errors import UsageError
from augmentor.recipe.load import load_recipe
from augmentor.sources.bank import Bank
from augmentor.sources.defect_bank import DefectBank
from augmentor.sources.splitting import shares_of

PARTS = ("train", "dev", "test")


@pytest.fixture
def split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Return the command, standing in an empty folder: exit code, what it says."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["augmentor", "bank", *arguments])
        with pytest.raises(SystemExit) as stop:
            entry()
        return int(stop.value.code or 0), capsys.readouterr().err

    return run


def recordings(folder: Path, count: int = 20) -> Path:
    """Write recordings of different length, the first of them also as a later cut."""
    folder.mkdir()
    for at in range(count):
        sound = noise_like(2.0 + at % 4, 900 + at)
        soundfile.write(folder / f"n{at:02d}.wav", sound, RATE_HZ)
    first = noise_like(2.0, 900)
    soundfile.write(folder / "cut.ogg", first[RATE_HZ // 2 :], RATE_HZ)
    return folder


def bank(file: str) -> Bank:
    """Return a packed bank."""
    return Bank("x", Path(file), RATE_HZ, Path("unused"))


def ids(part: str) -> set[str]:
    """Return the recordings of a part."""
    return set(bank(f"noise.{part}.bank").index.by_id)


def test_parts_are_disjoint_and_whole(
    tmp_path: Path, split: Callable[..., tuple[int, str]]
) -> None:
    """Every recording is in one bank, a cut beside its whole, the seconds about as asked."""
    recordings(tmp_path / "noise")
    code, said = split("noise", "-o", "noise.bank", "--split", "70/15/15")
    assert code == 0
    found = [ids(part) for part in PARTS]
    assert sum(map(len, found)) == len(set.union(*found)) == 21
    assert {"n00.wav", "cut.ogg"} in [one & {"n00.wav", "cut.ogg"} for one in found]
    seconds = np.array([bank(f"noise.{part}.bank").index.frames for part in PARTS]) / RATE_HZ
    assert seconds / seconds.sum() == pytest.approx([0.7, 0.15, 0.15], abs=0.03)
    for part, names in zip(PARTS, found, strict=True):
        assert f"noise.{part}.bank: {len(names)} recordings" in said
    assert not Path("noise.bank").exists()


def test_the_parts_do_not_leak(tmp_path: Path, split: Callable[..., tuple[int, str]]) -> None:
    """A recipe with the train bank, tested on the recordings of the test bank, has no leak."""
    file = make_project(tmp_path)
    recordings(tmp_path / "all")
    split("all", "-o", "noise.bank", "--split", "60/20/20")
    held = [{"id": f"t{name}", "path": f"../all/{name}"} for name in sorted(ids("test"))]
    write_manifest(tmp_path / "data" / "test.jsonl", held)
    recipe = f"test: data/test.jsonl\n{RECIPE}"
    file.write_text(recipe.replace("vehicle: data/noise", "vehicle: noise.train.bank"))
    assert leaks_of(load_recipe(file)).leaks == ()
    file.write_text(recipe.replace("vehicle: data/noise", "vehicle: noise.test.bank"))
    (leak,) = leaks_of(load_recipe(file)).leaks
    assert leak.kind == "digest"
    assert set(leak.ids) == ids("test")


def test_groups_stay_together_and_nothing_depends_on_the_order(
    tmp_path: Path, split: Callable[..., tuple[int, str]]
) -> None:
    """A group is in one bank; the rows of the manifest may stand in any order."""
    recordings(tmp_path / "noise")
    rows = [
        {"id": f"r{at}", "path": f"noise/n{at:02d}.wav", "group": f"car {at // 3}"}
        for at in range(20)
    ]
    found = []
    for order in (rows, rows[::-1]):
        write_manifest(tmp_path / "noise.jsonl", order)
        assert split("noise.jsonl", "-o", "noise.bank", "--split", "train=0.75,test=0.25")[0] == 0
        found.append([ids(part) for part in ("train", "test")])
    assert found[0] == found[1]
    assert not Path("noise.dev.bank").exists()
    groups = [{int(name[1:]) // 3 for name in one} for one in found[0]]
    assert groups[0].isdisjoint(groups[1])


def test_defects_are_split_by_picture_and_group(
    tmp_path: Path, split: Callable[..., tuple[int, str]]
) -> None:
    """No picture, and no sheet, has defects in two banks."""
    make_picture_project(tmp_path, recipe=PICTURE_RECIPE)
    code, said = split(
        "data/parts.jsonl", "--defects", "-o", "dents.zip", "--split", "train=60,test=40"
    )
    assert (code, said.count("defects (")) == (0, 2)
    rows = [
        DefectBank("x", Path(f"dents.{part}.zip"), Path("unused")).index["defects"]
        for part in ("train", "test")
    ]
    for what in ("parent", "group"):
        assert {row[what] for row in rows[0]}.isdisjoint({row[what] for row in rows[1]})
    assert sum(map(len, rows)) == 7


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("80/10", "sum to 90"),
        ("80/10/5/5", "no split"),
        ("train=0.8", "no split"),
        ("train=0.8,test", "no split"),
        ("a/b=1", "no split"),
        ("120/-20", "no split"),
        ("nan/10/10", "no split"),
        ("../x=0.5,y=0.5", "no split"),
    ],
)
def test_mistakes(text: str, words: str) -> None:
    """A split that is none is refused with what to write."""
    with pytest.raises(UsageError, match=r"write --split 80/10/10") as refused:
        shares_of(text)
    assert words in str(refused.value)


def test_what_hangs_together_cannot_be_split(
    tmp_path: Path, split: Callable[..., tuple[int, str]]
) -> None:
    """Two groups make no three parts; nothing is written."""
    recordings(tmp_path / "noise", 6)
    rows = [
        {"id": str(at), "path": f"noise/n{at:02d}.wav", "group": str(at % 2)} for at in range(6)
    ]
    write_manifest(tmp_path / "noise.jsonl", rows)
    code, said = split("noise.jsonl", "-o", "noise.bank", "--split", "80/10/10")
    assert code == 2
    assert "its 6 hang together in 2" in said
    assert list(tmp_path.glob("*.bank")) == []


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_a_handful_of_recordings(
    tmp_path: Path, split: Callable[..., tuple[int, str]], count: int
) -> None:
    """Three are one for each part, though one is more than a tenth; fewer are refused."""
    (tmp_path / "noise").mkdir()
    for at in range(count):
        sound = noise_like(3.0, 700 + at)
        soundfile.write(tmp_path / f"noise/n{at}.wav", sound, RATE_HZ, subtype="PCM_16")
    soundfile.write(tmp_path / "noise/silent.wav", np.zeros(RATE_HZ, np.float32), RATE_HZ)
    code, said = split("noise", "-o", "noise.bank", "--split", "80/10/10")
    if count < 3:
        assert code == 2
        assert f"hang together in {count} that can be used; add recordings" in said
        assert list(tmp_path.glob("*.bank")) == []
        return
    assert code in {0, 3}
    counts = [len(ids(part) - {"silent.wav"}) for part in PARTS]
    assert counts == [count - 2, 1, 1]


def test_hum_counts_by_its_length(tmp_path: Path, split: Callable[..., tuple[int, str]]) -> None:
    """A steady hum has nothing to be told by, and is split by its seconds all the same."""
    (tmp_path / "noise").mkdir()
    at_s = np.arange(2 * RATE_HZ) / RATE_HZ
    for number in range(10):
        turns = (90 + 37 * number) * at_s
        sound = 0.1 * sum(np.sin(2 * np.pi * n * turns) / n for n in range(1, 21))
        soundfile.write(tmp_path / f"noise/hum{number}.wav", sound, RATE_HZ, subtype="PCM_16")
    assert split("noise", "-o", "noise.bank", "--split", "60/20/20")[0] == 0
    assert [len(ids(part)) for part in PARTS] == [6, 2, 2]
