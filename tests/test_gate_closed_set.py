"""The closed-set test: a sentence that is heard is picked, one that is not said is not."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from project import noise_like, write_manifest
from talker import RATE_HZ, SENTENCES, say

import augmentor.gate.references.catalog
from augmentor import api
from augmentor.core.errors import UsageError
from augmentor.core.stream import Stream
from augmentor.gate.answers import Answer, Shown
from augmentor.gate.references.closed_set import candidates, picking, spoken
from augmentor.gate.references.sphinx import Sphinx

ALL = sorted(SENTENCES)
STREAM = Stream(3).at("closed set")

RECIPE = """\
augmentor: 1
name: talk
seed: 7
source: {manifest: talk.jsonl, sample_rate: 16000, target: transcript}
banks: {noise: noise}
budget: 48
categories:
  faint noise: {share: 0.5, steps: [mix_noise: {noise: {pick: noise}, snr_db: {uniform: [40, 25]}}]}
  loud noise: {share: 0.5, steps: [mix_noise: {noise: {pick: noise}, snr_db: {uniform: [0, -15]}}]}
gate:
  clarity: {closed_set: ">= 0.8"}
  references: {sample: 24, decoys: 12}
"""


@pytest.fixture(scope="module")
def sphinx() -> Sphinx:
    """Return the reference, loaded once."""
    return Sphinx()


@pytest.mark.parametrize("voice", [0, 1])
def test_what_is_said_is_picked_among_decoys(sphinx: Sphinx, voice: int) -> None:
    """All of it in quiet, in either voice; nothing where a louder noise is on top."""
    asked = [candidates(one, ALL, 12, STREAM) for one in ALL]
    waves = [say(one, voice) for one in ALL]
    assert sphinx(waves, RATE_HZ, asked) == ALL
    drowned = [
        np.float32(0.1) * wave + noise_like(len(wave) / RATE_HZ, seed)
        for seed, wave in enumerate(waves)
    ]
    found = sphinx(drowned, RATE_HZ, asked)
    assert sum(one == right for one, right in zip(found, ALL, strict=True)) <= 2


def test_a_sentence_that_is_not_said_is_not_picked(sphinx: Sphinx) -> None:
    """At least 95 of 100 wrong transcripts fail, and so do labels swapped in pairs."""
    wrong = [(right, other) for n, right in enumerate(ALL) for other in (ALL[n - 1], ALL[n - 5])]
    swapped = [pair for a, b in zip(ALL[::2], ALL[1::2], strict=False) for pair in ((a, b), (b, a))]
    for pairs in (wrong, swapped):
        asked = [candidates(told, ALL, 12, STREAM) for _, told in pairs]
        found = sphinx([say(right, 2) for right, _ in pairs], RATE_HZ, asked)
        failed = sum(one != told for one, (_, told) in zip(found, pairs, strict=True))
        assert failed >= 0.95 * len(pairs)


def test_a_pick_depends_on_its_clip_alone(sphinx: Sphinx) -> None:
    """Neither on what was heard before, nor on the rate that it is stored at."""
    wave, loud = say(ALL[4]), np.float32(2) * noise_like(2.0, 1)
    rng = np.random.Generator(np.random.Philox(key=1))
    hard = wave + np.float32(0.02) * rng.standard_normal(len(wave)).astype(np.float32)
    for one in (wave, hard):
        alone = Sphinx()([one], RATE_HZ, [ALL])
        assert sphinx([loud, one], RATE_HZ, [ALL, ALL])[1:] == alone
    for rate_hz in (11025, 48000):
        assert sphinx([soxr.resample(wave, RATE_HZ, rate_hz)], rate_hz, [ALL]) == [ALL[4]]


@given(
    right=st.sampled_from(ALL), decoys=st.integers(1, 30), seed=st.integers(0, 2**32),
    left=st.sets(st.sampled_from(ALL), min_size=1),
)  # fmt: skip
@settings(deadline=None, max_examples=60)
def test_candidates_hold_the_right_one_once(
    right: str, decoys: int, seed: int, left: set[str]
) -> None:
    """Among others of the pool, none twice, as many as asked for or as there are."""
    found = candidates(right, left, decoys, Stream(seed))
    assert found.count(right) == 1
    assert len(set(found)) == len(found) == 1 + min(decoys, len(left - {right}))
    assert set(found) <= left | {right}
    assert found == candidates(right, sorted(left, reverse=True), decoys, Stream(seed))


def test_the_place_of_the_right_one_says_nothing() -> None:
    """It stands in each of six places about as often."""
    places = [candidates(ALL[0], ALL, 5, Stream(seed)).index(ALL[0]) for seed in range(600)]
    counts = np.bincount(places, minlength=6)
    assert ((counts - 100) ** 2 / 100).sum() < 20.5  # chi-square, 5 degrees, p 0.001


def test_decoys_are_of_about_the_same_length() -> None:
    """A short sentence gets short ones, so that its length alone picks none."""
    pool = ["a" * n for n in range(1, 100)]
    found = candidates("b" * 10, pool, 5, STREAM)
    assert max(map(len, found)) <= 18


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Login incorrect.  Please enter it.", "login incorrect please enter it"),
        ("Don’t SHOUT, voice-mail!", "don't shout voice mail"),  # noqa: RUF001 - as it is printed
        ("press 0 for help", None), ("visit www.example.org", None), ("...", None), ("", None),
        ("fish & chips", None),
    ],
)  # fmt: skip
def test_only_plain_words_have_one_way_of_being_said(text: str, words: str | None) -> None:
    """Digits, signs and addresses have several."""
    assert spoken(text) == words


def test_a_recogniser_of_the_users_is_held_to_its_answers() -> None:
    """One for each sound, each a candidate or None; what it raises is told by its name."""
    wave = np.zeros(9, np.float32)
    shown = [Shown(name, name, "", wave, among=("yes", "no")) for name in ("first", "second")]
    good = picking("a:b", lambda _w, _r, c: [c[0][1], None], 16000)
    assert good(shown) == [Answer("no"), Answer("")]
    for bad, what in (
        (lambda _w, _r, _c: ["yes"], "recogniser 'a:b' gave 1 answers for 2"),
        (lambda _w, _r, _c: ["yes", "Yes"], "'Yes' for example 'second', which is none of"),
        (lambda w, _r, _c: w[5], "failed on example 'first': IndexError"),
    ):
        with pytest.raises(UsageError, match=what):
            picking("a:b", bad, 16000)(shown)


def _talk(folder: Path, recipe: str = RECIPE, *, swapped: bool = False) -> Path:
    """Write a project of sentences in two voices, and return its recipe."""
    rows = []
    for voice in (0, 1):
        for n, sentence in enumerate(ALL[:13]):
            name = f"{voice}-{n:02d}"
            soundfile.write(folder / f"{name}.wav", say(sentence, voice), RATE_HZ, subtype="PCM_16")
            rows.append({"id": name, "path": f"{name}.wav", "target": sentence, "tags": "clean"})
    if swapped:
        rows[0]["target"], rows[5]["target"] = rows[5]["target"], rows[0]["target"]
    rows[7]["target"] = "dial 7 now"
    rows[8]["target"] = "blixomatic grumf"
    write_manifest(folder / "talk.jsonl", rows)
    (folder / "noise").mkdir()
    for index in range(3):
        sound = noise_like(3.0, 40 + index)
        soundfile.write(folder / "noise" / f"n{index}.wav", sound, RATE_HZ, subtype="PCM_16")
    path = folder / "talk.yaml"
    path.write_text(recipe)
    return path


def test_a_run_keeps_what_is_understood_and_rejects_what_is_not(tmp_path: Path) -> None:
    """The faint category is made, the loud one refused; swapped targets and odd words are named."""
    run = api.run(_talk(tmp_path, swapped=True), output=tmp_path / "runs", workers=0)
    faint, loud = run.clarity
    assert (faint["check"], faint["reference"]) == ("closed_set.v1", "pocketsphinx")
    assert faint["outcome"] == "pass"
    assert faint["low"] >= 0.8
    assert loud["outcome"] == "fail"
    assert loud["high"] < 0.8
    assert [cell["severity"] for cell in loud["cells"]] == ["mild", "middle", "harsh"]
    assert {name.partition("+")[0] for one in run.clarity for each in one["doubted"]
            for name in [each["id"]]} == {"0-00", "0-05"}  # fmt: skip
    skipped = faint["skipped"]
    assert skipped["no plain words: empty, or with digits or signs"] == 1
    assert skipped["words that the reference does not know"] == 1
    assert run.gate["loud noise"] == {"rejected: closed_set": 24}
    rejected = (run.folder / "rejected.jsonl").read_text().splitlines()
    reasons = {one["id"]: one["reason"] for one in map(json.loads, rejected)}
    assert set(reasons.values()) == {
        f"closed_set is {loud['value']:g}, wanted >= 0.8",
        *(f"closed_set is in doubt: its clean parent is heard as '{each['heard']}'"
          for each in faint["doubted"]),
    }  # fmt: skip
    assert run.gate["faint noise"]["passed"] == 24 - len(faint["doubted"])
    page = (run.folder / "report.html").read_text()
    assert "Still understood" in page
    assert "Targets to look at" in page
    assert json.loads((run.folder / "dataset.json").read_text())["clarity"] == run.clarity
    again = api.run(tmp_path / "talk.yaml", output=tmp_path / "runs", workers=0)
    assert again.again
    assert again.clarity == run.clarity


def test_transcripts_that_are_all_wrong_fail_as_such(tmp_path: Path) -> None:
    """However well the noise is kept out: nobody hears the target even in the clean parent."""
    path = _talk(tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "talk.jsonl").read_text().splitlines()]
    for row in rows:
        _, n = row["id"].split("-")
        row["target"] = ALL[(int(n) + 3) % 13]
    write_manifest(tmp_path / "talk.jsonl", rows)
    run = api.run(path, output=tmp_path / "runs", workers=0)
    for one in run.clarity:
        assert one["outcome"] == "fail"
        assert "the targets are not what is there" in one["why"]
    assert run.counts["done"] == 0


def test_words_of_another_language_cannot_be_told(tmp_path: Path) -> None:
    """Nothing is rejected for a reference that does not know the words, and the run says so."""
    path = _talk(tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "talk.jsonl").read_text().splitlines()]
    for row in rows:
        row["target"] = "прощайте друзья"
    write_manifest(tmp_path / "talk.jsonl", rows)
    run = api.run(path, output=tmp_path / "runs", workers=0)
    assert {one["outcome"] for one in run.clarity} == {"cannot tell"}
    assert {one["value"] for one in run.clarity} == {None}
    assert run.counts["done"] == 48


def test_a_run_with_the_users_recogniser(tmp_path: Path) -> None:
    """It is asked with rate and candidates, and named in the record."""
    (tmp_path / "mine_hears.py").write_text(
        "def hear(waves, rate_hz, candidates):\n"
        "    assert rate_hz == 16000 and len(candidates[0]) == 13\n"
        "    return [sorted(each)[0] for each in candidates]\n"
    )
    recipe = RECIPE.replace("sample: 24", "recogniser: mine_hears:hear, sample: 10")
    run = api.run(_talk(tmp_path, recipe), output=tmp_path / "runs", workers=0)
    assert {one["reference"] for one in run.clarity} == {"mine_hears:hear"}
    assert all(one["n"] + sum(one["skipped"].values()) == 10 for one in run.clarity)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (", target: transcript", "", "the targets of the source are labels"),
        ('">= 0.8"', '"<= 0.8"', 'is no bound of closed_set; write ">= 0.8"'),
        ('">= 0.8"', '">= 80"', 'is no bound of closed_set; write ">= 0.8"'),
        ("closed_set", "closed_sett", "did you mean 'closed_set'"),
        ("closed_set", "keeps_answer", "clarity has no check 'keeps_answer'"),
        ("sample: 24", "text: wrods", "no source has a column 'wrods'"),
        ("sample: 24", "recogniser: whisper", "write pocketsphinx or package.module:function"),
    ],
)  # fmt: skip
def test_mistakes_are_refused_at_load(tmp_path: Path, old: str, new: str, what: str) -> None:
    """Each with its line and what to write."""
    with pytest.raises(UsageError, match=what):
        api.load_recipe(_talk(tmp_path, RECIPE.replace(old, new)))


def test_a_missing_package_is_told_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And with what to install; a replay does without it."""
    monkeypatch.setattr(augmentor.gate.references.catalog, "find_spec", lambda _name: None)
    path = _talk(tmp_path)
    with pytest.raises(UsageError, match=r"pip install augmentor-loop\[references\]"):
        api.load_recipe(path)
    assert api.load_recipe(path, audit=False).categories["loud noise"].sampled == ()
