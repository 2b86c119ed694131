"""Text in pictures: what is read is held against what is written, and look-alikes are named."""

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from picture_project import png
from project import write_manifest

import augmentor.gate.references.catalog
from augmentor import api
from augmentor.core.errors import UsageError
from augmentor.core.verdict import Bound
from augmentor.gate.references.ocr import RapidReader
from augmentor.gate.references.reading import LOOK_ALIKES, plain, read_as
from augmentor.gate.sampled import READS_TEXT, Asked, judge

needs_ocr = pytest.mark.skipif(
    find_spec("rapidocr_onnxruntime") is None or find_spec("onnxruntime") is None,
    reason="rapidocr-onnxruntime is not installed; it is no dependency of ours",
)

TEXTS = [
    "EXIT 42", "Hello world", "MODEL X7", "FRAGILE", "this side up", "PART 3479", "keep dry",
    "BATCH 77 A", "Made in Norway", "NET 454 g", "push", "Danger", "ROOM 93", "wet paint",
]  # fmt: skip

RECIPE = """\
augmentor: 1
name: labels
seed: 7
source: {manifest: labels.jsonl, kind: picture}
budget: 28
categories:
  light: {share: 0.5, steps: [exposure: {stops: {uniform: [0.02, 0.1]}}]}
  blurred: {share: 0.5, steps: [defocus_blur: {radius_px: {uniform: [14, 20]}}]}
gate:
  realism: {brightness_left_frac: null, contrast_left_frac: null, saturated_frac: null}
  clarity: {reads_text: ">= 0.6"}
  references: {text: written, sample: 14}
"""


def drawn(text: str, height_px: int = 64) -> NDArray[np.uint8]:
    """Return a picture of a text in a plain font."""
    picture = np.full((height_px, 320, 3), 235, np.uint8)
    cv2.putText(
        picture, text, (10, height_px - 22), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (20, 20, 60), 2,
        cv2.LINE_AA,
    )  # fmt: skip
    return picture


def project(folder: Path, references: str = "", texts: list[str] = TEXTS) -> Path:
    """Write pictures of texts with a recipe, and return its path."""
    rows = []
    for n, text in enumerate(texts):
        (folder / f"{n}.png").write_bytes(png(drawn(text)))
        rows.append({"id": f"l{n}", "path": f"{n}.png", "target": "label", "written": text,
                     "tags": "clean"})  # fmt: skip
    write_manifest(folder / "labels.jsonl", rows)
    path = folder / "labels.yaml"
    path.write_text(RECIPE.replace("sample: 14", f"sample: 14{references}"))
    return path


@pytest.mark.parametrize(
    ("target", "read", "pairs"),
    [
        ("EXIT 42", "EXIT42", ()),
        ("LOT I1O0", "LOT 1100", (("I", "1"), ("O", "0"))),
        ("modern", "modem", (("rn", "m"),)),
        ("clean", "dean", (("cl", "d"),)),
        ("cI", "cl", (("I", "l"),)),
        ("AB", "A8", (("B", "8"),)),
        ("ﬁn", "fin", ()),
        ("EXIT", "EXII", None), ("EXIT", "EXI", None), ("EXI", "EXIT", None), ("a", "A", None),
        ("", "", ()), ("a", "", None), ("", "a", None),
    ],
)  # fmt: skip
def test_what_is_read_as_what(
    target: str, read: str, pairs: tuple[tuple[str, str], ...] | None
) -> None:
    """Letter by letter, as look-alikes, or as something else."""
    assert read_as(target, read) == pairs


texts = st.text("abcIl10Orn mvw", max_size=30)


@given(texts)
@settings(deadline=None, max_examples=60)
def test_a_text_is_read_as_itself(text: str) -> None:
    """Nothing in it is then ambiguous, however many look-alikes it holds."""
    assert read_as(text, text) == ()


@given(text=st.text("abcIl10Orn mvwd", min_size=1, max_size=20), data=st.data())
@settings(deadline=None, max_examples=80)
def test_planted_look_alikes_are_found(text: str, data: st.DataObject) -> None:
    """Each is read as such, with no more pairs than were planted, both ways round."""
    written, read, planted = "", "", 0
    for sign in text:
        others = sorted(other for one, other in LOOK_ALIKES if one == sign)
        new = data.draw(st.sampled_from([sign, *others]))
        planted += new != sign
        written, read = written + sign, read + new
    found, back = read_as(written, read), read_as(read, written)
    assert found is not None
    assert back is not None
    assert len(found) == len(back) <= planted
    assert set(found) <= LOOK_ALIKES
    assert read_as(written + "#", read + "?") is None


def test_look_alikes_go_both_ways() -> None:
    """And none is its own."""
    assert all((other, one) in LOOK_ALIKES and one != other for one, other in LOOK_ALIKES)
    assert all(plain(one) == one for one, _ in LOOK_ALIKES)


def test_look_alikes_are_counted_and_are_no_failures() -> None:
    """In how many examples each is found, most often first."""
    asked = [
        Asked(
            str(n), "", before=True, after=True, alike=("'I' as '1'",) if n % 3 else ("'O' as '0'",)
        )
        for n in range(30)
    ]
    found = judge("a", READS_TEXT, "b", asked, Bound.parse(">= 0.8"))
    assert found.outcome == "pass"
    assert list(found.alike.items()) == [("'I' as '1'", 20), ("'O' as '0'", 10)]


@needs_ocr
class TestBuiltIn:
    """RapidOCR, whose networks lie in its package."""

    def test_it_reads_print(self) -> None:
        """All but look-alikes; nothing in an empty picture; the same however it is stored."""
        reader = RapidReader()
        found = reader([drawn(one) for one in TEXTS])
        pairs = [read_as(text, one) for text, one in zip(TEXTS, found, strict=True)]
        assert None not in pairs
        assert pairs.count(()) >= len(TEXTS) - 2
        assert reader([np.full((64, 320), 200, np.uint8)]) == [""]
        one = drawn(TEXTS[0])
        stored = [one.astype(np.uint16) * 257, one.astype(np.float32) / 255]
        assert reader(stored) == [found[0]] * 2

    @pytest.mark.parametrize("up_px", [0, 9, 16])
    def test_it_reads_line_by_line(self, up_px: int) -> None:
        """Two lines of two words each, those on the right a little higher."""
        picture = np.full((300, 640, 3), 255, np.uint8)
        words = {"LOT": (40, 80), "4711": (350, 80 - up_px), "EXP": (40, 180), "2027": (350, 164)}
        for word, place in words.items():
            cv2.putText(picture, word, place, cv2.FONT_HERSHEY_SIMPLEX, 1.4, (0, 0, 0), 3)
        assert RapidReader()([picture]) == ["LOT 4711 EXP 2027"]

    def test_look_alikes_are_read_as_such(self) -> None:
        """In a font whose I, l and 1 differ little, a letter among digits is read as one."""
        (found,) = RapidReader()([drawn("LOT I1O0")])
        assert read_as("LOT I1O0", found) is not None

    def test_a_run_keeps_what_is_read(self, tmp_path: Path) -> None:
        """The light category is made, the blurred one refused; a wrong transcript is named."""
        path = project(tmp_path)
        rows = [json.loads(line) for line in (tmp_path / "labels.jsonl").read_text().splitlines()]
        rows[3]["written"] = "HEAVY"
        write_manifest(tmp_path / "labels.jsonl", rows)
        run = api.run(path, output=tmp_path / "runs", workers=0)
        light, blurred = run.clarity
        assert (light["check"], light["reference"]) == ("reads_text.v1", "rapidocr")
        assert (light["outcome"], blurred["outcome"]) == ("pass", "fail"), run.clarity
        assert [one["target"] for one in light["doubted"]] == ["HEAVY"]
        rejected = (run.folder / "rejected.jsonl").read_text()
        assert "reads_text is in doubt: its clean parent is read as 'FRAGILE'" in rejected


class TestYours:
    """A reader of the user's."""

    READ = (
        "import json, sys\nfrom pathlib import Path\nimport cv2\n"
        "HERE = Path(__file__).parent\n"
        "def one(picture):\n"
        "    rows = [json.loads(row) for row in (HERE / 'labels.jsonl').read_text().splitlines()]\n"
        "    def far(row):\n"
        "        clean = cv2.imread(str(HERE / row['path']))[..., ::-1].astype(float)\n"
        "        return abs(clean - picture).mean()\n"
        "    best = min(rows, key=far)\n"
        "    return best['written'].replace('I', '1') if far(best) < 12 else 'smudge'\n"
        "def read(pictures):\n    return [one(each) for each in pictures]\n"
        "if __name__ == '__main__':\n"
        "    with open(sys.argv[2], 'w') as file:\n"
        "        for line in open(sys.argv[1]):\n"
        "            row = json.loads(line)\n"
        "            said = one(cv2.imread(row['path'])[..., ::-1])\n"
        "            file.write(json.dumps({'id': row['id'], 'prediction': said}) + '\\n')\n"
    )

    def asked(self, folder: Path, reader: str) -> list[dict[str, Any]]:
        """Return the verdicts of a run with it."""
        folder.mkdir()
        (folder / "mine_reads.py").write_text(self.READ)
        sys.modules.pop("mine_reads", None)
        run = api.run(project(folder, f", reader: {reader}"), output=folder / "runs", workers=0)
        page = (run.folder / "report.html").read_text()
        assert "ambiguous, as it looks alike" in page
        assert "&#x27;I&#x27; as &#x27;1&#x27;" in page or "'I' as '1'" in page
        return run.clarity

    def test_function_and_command(self, tmp_path: Path) -> None:
        """Both say the same: light kept, blurred lost, and every I taken for a 1 reported."""
        found = [
            self.asked(tmp_path / "a", "'mine_reads:read'"),
            self.asked(tmp_path / "b", f"'{sys.executable} mine_reads.py {{manifest}} {{out}}'"),
        ]
        for light, blurred in found:
            assert (light["n"], light["kept"], light["outcome"]) == (14, 14, "pass")
            assert blurred["outcome"] == "fail"
            assert light["alike"] == {"'I' as '1'": sum("I" in one for one in TEXTS)}
        assert [one["kept"] for one in found[0]] == [one["kept"] for one in found[1]]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("text: written", "text: writen", "no source has a column 'writen'"),
        ('">= 0.6"', '"<= 0.6"', 'is no bound of reads_text; write ">= 0.8"'),
        ("sample: 14", "reader: tesseract", "write rapidocr or package.module:function, or a comm"),
        ("sample: 14", "reader: 'read {manifest}'", "does not say where {out} goes"),
        ("sample: 14", "reader: rapidocr", "pip install --no-deps rapidocr-onnxruntime"),
    ],
)
def test_mistakes_are_refused_at_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, what: str
) -> None:
    """Each with what to write, or to install."""
    if "rapidocr" in new:
        monkeypatch.setattr(augmentor.gate.references.catalog, "find_spec", lambda _name: None)
    path = project(tmp_path, texts=TEXTS[:2])
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(UsageError) as caught:
        api.load_recipe(path)
    assert any(what in one.what for one in caught.value.problems), caught.value
