"""``augmentor tune`` with references whose threshold is known: where do they still understand?"""

import json
import sys
from math import log2
from pathlib import Path

import numpy as np
import pytest
import yaml
from listeners import CLEAR_FROM_DB, clear_enough, deaf
from picture_project import png
from project import write_manifest
from tune_project import FAILS_BELOW_DB, LEAD_S, LEVEL_DB, RANGE_DB, RECIPE, RESOLUTION, make

import augmentor
from augmentor.api.tuned import Tuning
from augmentor.gate.tuning.curves import Point
from augmentor.gate.tuning.search import FIRST, Found, Goal, next_counts

HEARS_FROM_DB = 2.5
STEP_DB = RESOLUTION * (RANGE_DB[0] - RANGE_DB[1])
NEVER_HEARD = 4

KNOWS = f"""\
import json, sys
from pathlib import Path
import numpy as np, soundfile
HERE = Path(__file__).parent
CLEAN = {{}}

def clean():
    if not CLEAN:
        for line in (HERE / "data" / "train.jsonl").read_text().splitlines():
            row = json.loads(line)
            CLEAN[row["said"]] = soundfile.read(HERE / "data" / row["path"])[0]
    return CLEAN

def hear(wave, among):
    lead = round({LEAD_S} * 16000)
    level_db = 20 * np.log10(np.sqrt(np.mean(wave[:lead] ** 2)) + 1e-9)
    if level_db > {LEVEL_DB} - FROM_DB:
        return None
    known = clean()
    near = {{one: np.dot(wave, known[one]) / np.linalg.norm(known[one]) for one in among}}
    best = max(near, key=near.get)
    return None if best in ("prompt a a", "prompt a b", "prompt a c", "prompt a d") else best

def recognise(waves, rate_hz, candidates):
    assert rate_hz == 16000
    return [hear(wave, among) for wave, among in zip(waves, candidates)]

if __name__ == "__main__":
    rows = [json.loads(line) for line in open(sys.argv[1])]
    with open(HERE / "asked.txt", "a") as file:
        file.write(f"{{len(rows)}}\\n")
    with open(sys.argv[2], "w") as file:
        for row in rows:
            picked = hear(soundfile.read(row["path"])[0], row["candidates"])
            file.write(json.dumps({{"id": row["id"], "prediction": picked or ""}}) + "\\n")
"""


def project(folder: Path, recogniser: str, *, from_db: float = HEARS_FROM_DB) -> Path:
    """Return a recipe with a recogniser that knows every clip, but four, down to some SNR."""
    gate = (
        'gate:\n  clarity: {closed_set: ">= 0.8"}\n'
        f"  references: {{recogniser: {recogniser}, text: said, decoys: 6}}\n"
    )
    path = make(folder, RECIPE.replace("gate:\n", gate))
    rows = [json.loads(line) for line in (folder / "data/train.jsonl").read_text().splitlines()]
    for n, row in enumerate(rows):
        row["said"] = f"prompt {chr(97 + n // 10)} {chr(97 + n % 10)}"
    write_manifest(folder / "data" / "train.jsonl", rows)
    (folder / "knows_clips.py").write_text(KNOWS.replace("FROM_DB", str(from_db)))
    sys.modules.pop("knows_clips", None)
    return path


def tune(recipe: Path, output: str, **more: object) -> Tuning:
    more = {"workers": 0, "sample": 16, "clear": clear_enough, "resolution": RESOLUTION} | more
    return augmentor.tune(recipe, recipe.parent / output, **more)


def ends(found: Tuning, step: str = "mix_noise", param: str = "snr_db") -> list[float]:
    (category,) = yaml.safe_load(found.file.read_text())["categories"].values()
    return category["steps"][0][step][param]["uniform"]


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Tuning]:
    recipe = project(tmp_path_factory.mktemp("tune"), "'knows_clips:recognise'")
    return recipe, tune(recipe, "tuned.yaml")


def test_the_band_ends_where_the_reference_no_longer_hears(tuned: tuple[Path, Tuning]) -> None:
    """Within the resolution, though the checks of the checklist would go further."""
    mild, harsh = ends(tuned[1])
    assert mild == pytest.approx(FAILS_BELOW_DB, abs=STEP_DB)
    assert harsh == pytest.approx(HEARS_FROM_DB, abs=STEP_DB)
    (one,) = tuned[1].found
    assert one.kept is not None
    assert one.kept.kept["closed_set"].value >= 0.8


def test_what_it_never_heard_says_nothing_of_an_edit(tuned: tuple[Path, Tuning]) -> None:
    """The share is of the parents that it hears clean: all of them at the mild end."""
    (one,) = tuned[1].found
    assert one.found is not None
    clean = one.clean_kept["closed_set"]
    first = one.found.kept["closed_set"].points[0]
    assert 0 < round(clean.n * (1 - clean.value)) <= NEVER_HEARD
    assert (first.severity, first.value) == (0.0, 1.0)
    assert first.n == round(clean.n * clean.value)


def test_curve_and_column_are_shown(tuned: tuple[Path, Tuning]) -> None:
    """On the page beside the other curves; in JSON with what was wanted of it."""
    page = tuned[1].page.read_text()
    assert "closed_set: still understood" in page
    assert "asked of closed_set: still understood: 80 %" in page
    (told,) = tuned[1].to_json()["found"]
    assert told["wanted"] == {"clear_frac": 0.8, "error_frac": 0.5, "closed_set_frac": 0.8}
    assert told["curves"]["closed_set"]["points"][0]["fitted"] == 1
    assert told["clear_means"].endswith("and closed_set >= 0.8 by knows_clips:recognise")
    assert json.loads(json.dumps(told)) == told


def test_a_command_finds_the_same_and_is_started_seldom(
    tuned: tuple[Path, Tuning], tmp_path: Path
) -> None:
    """Once a round, and for any number of workers."""
    told = f"'{sys.executable} knows_clips.py {{manifest}} {{out}}'"
    recipe = project(tmp_path, told)
    found = tune(recipe, "tuned.yaml", workers=2)
    (one,), (other,) = found.found, tuned[1].found
    assert one.found == other.found
    assert one.kept == other.kept
    starts = [int(n) for n in (tmp_path / "asked.txt").read_text().split()]
    assert len(starts) <= 2 + 2 * 6  # clean, inside; 2 ends, each halved until 0.03
    assert sum(starts) <= 2 * one.tried


def test_a_reference_that_hears_further_changes_nothing(tmp_path: Path) -> None:
    """And little is spent on where it stops, as all is unclear there anyhow."""
    recipe = project(tmp_path, "'knows_clips:recognise'", from_db=-13)
    found = tune(recipe, "tuned.yaml")
    mild, harsh = ends(found)
    assert mild == pytest.approx(FAILS_BELOW_DB, abs=STEP_DB)
    assert harsh == pytest.approx(CLEAR_FROM_DB, abs=STEP_DB)
    (one,) = found.found
    assert one.found is not None
    end = (RANGE_DB[0] + 13) / (RANGE_DB[0] - RANGE_DB[1])
    near = {at.severity for at in one.found.clear.points if abs(at.severity - end) < 0.1}
    assert near <= set(FIRST)


def test_one_that_never_hears_leaves_no_band(tmp_path: Path) -> None:
    """It cannot tell where it hears no parent; the checks decide then."""
    recipe = project(tmp_path, "'knows_clips:recognise'", from_db=1000)
    found = tune(recipe, "tuned.yaml", resolution=0.2)
    (one,) = found.found
    assert one.found is not None
    assert one.clean_kept["closed_set"].value == 0
    assert not one.found.kept["closed_set"].points
    assert one.outcome == "band"
    assert tune(recipe, "none.yaml", resolution=0.2, clear=deaf).found[0].outcome == "cannot tell"


PICTURES = """\
augmentor: 1
name: grey
seed: 7
source: {manifest: grey.jsonl, kind: picture}
budget: 24
categories:
  dark: {steps: [exposure: {stops: {uniform: [0, -4]}, gamma: 1}]}
gate:
  clarity: {keeps_answer: ">= 0.8"}
  references: {classifier: "mine_lit:lit"}
"""


def light(grey: float) -> float:
    """Return how much light a grey of sRGB is, 0 to 1 (IEC 61966-2-1)."""
    return ((grey / 255 + 0.055) / 1.055) ** 2.4


def test_conditions_of_pictures_have_a_band(tmp_path: Path) -> None:
    """It ends where the classifier changes its mind, which the formula of sRGB tells."""
    rows = []
    for n in range(24):
        picture = np.full((24, 24, 3), 200, np.uint8)
        picture[0, 0] = n  # so that no two are the same
        (tmp_path / f"{n}.png").write_bytes(png(picture))
        rows.append({"id": f"p{n}", "path": f"{n}.png", "target": "grey", "tags": "clean"})
    write_manifest(tmp_path / "grey.jsonl", rows)
    (tmp_path / "mine_lit.py").write_text(
        "def lit(pictures):\n    return [bool(one[12:, 12:].mean() > 100) for one in pictures]\n"
    )
    path = tmp_path / "grey.yaml"
    path.write_text(PICTURES)
    found = tune(path, "tuned.yaml", sample=8, clear=None)
    mild, harsh = ends(found, "exposure", "stops")
    assert mild == 0
    assert harsh == pytest.approx(log2(light(100) / light(200)), abs=4 * RESOLUTION)
    assert found.found[0].outcome == "band"


def test_a_curve_is_halved_only_where_it_can_be_an_end() -> None:
    """Where another measure says that nothing is clear, its passage need not be known."""

    def points(until: float) -> list[Point]:
        return [
            Point(at, 1.0, 0.9, 1.0, 32) if at <= until else Point(at, 0.0, 0.0, 0.1, 32)
            for at in FIRST
        ]

    tried = dict.fromkeys(FIRST, 32)
    for kept, wanted in ((0.8, {0.375}), (0.3, {0.375}), (0.1, {0.125})):
        goal = Goal(0.8, None, kept={"closed_set": 0.8})
        found = Found.of(goal, points(0.4), None, {"closed_set": points(kept)})
        assert set(next_counts(found, goal, tried)) == wanted


def test_a_model_that_is_a_command_is_asked_too(tmp_path: Path) -> None:
    """Once a round; it finds the band that the same model finds as a function."""
    found = []
    told = f"command: '{sys.executable} asks.py {{manifest}} {{out}}'"
    for name, who in (("function", 'model: "knows_noise:predict"'), ("command", told)):
        (tmp_path / name).mkdir()
        recipe = make(tmp_path / name, RECIPE.replace('model: "knows_noise:predict"', who))
        (tmp_path / name / "asks.py").write_text(
            "import json, sys\nimport soundfile\nfrom knows_noise import predict\n"
            "with open(sys.argv[2], 'w') as out:\n"
            "    for row in map(json.loads, open(sys.argv[1])):\n"
            "        (said,) = predict([soundfile.read(row['path'])[0]], 16000)\n"
            "        out.write(json.dumps({'id': row['id'], 'prediction': said}) + '\\n')\n"
            "open('asked.txt', 'a').write('x')\n"
        )
        found.append(tune(recipe, "tuned.yaml", resolution=0.1))
    by_function, by_command = found
    assert by_command.found[0].found == by_function.found[0].found
    assert by_command.found[0].kept == by_function.found[0].kept
    assert by_command.found[0].outcome == "band"
    assert len((tmp_path / "command" / "asked.txt").read_text()) <= 2 + 2 * 4
