"""Manifests mean what they say, are refused where they do not, and are measured once."""

import datetime as dt
import json
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile
from project import RATE_HZ, noise_like, write_manifest
from speechlike import speechlike

from augmentor.core.errors import BadSourceError, UsageError
from augmentor.files.audio import read_sound
from augmentor.sources.manifest import Source, read_sources, tags_of
from augmentor.sources.measure import Measurer, measures_file
from augmentor.sources.sound import Sound, digest_sound

ROWS = [
    {"id": "a", "path": "a.wav", "target": "en", "tags": "clean", "speaker": "s1", "weight": 2.0},
    {"id": "b", "path": "b.wav", "target": "fr", "tags": "car; phone", "speaker": "s2",
     "weight": 0.0},
]  # fmt: skip


def csv(rows: list[dict]) -> str:
    """Return rows as CSV."""
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_forms_of_a_manifest_agree(tmp_path: Path, form: str) -> None:
    """CSV, JSON Lines and Parquet with the same rows are the same sources."""
    path = tmp_path / f"m.{form}"
    if form == "csv":
        path.write_text(csv(ROWS))
    elif form == "jsonl":
        write_manifest(path, [row | {"tags": tags_of(row["tags"])} for row in ROWS])
    else:
        pq.write_table(pa.Table.from_pylist([row | {"mic": None} for row in ROWS]), path)
    first, second = read_sources(path)
    assert (first.facts.id, first.path, first.facts.target) == ("a", tmp_path / "a.wav", "en")
    assert (first.facts.tags, second.facts.tags) == (("clean",), ("car", "phone"))
    assert (first.facts.weight, second.facts.weight) == (2.0, 0.0)
    assert second.facts.speaker == "s2"
    assert (second.start_s, second.duration_s) == (0.0, None)


def test_nemo_manifests_are_read_as_they_are(tmp_path: Path) -> None:
    """Other programs' names are ours; stretches of one file need no ids of their own."""
    rows = [
        {"audio_filepath": "long.wav", "offset": 0.0, "duration": 1.25, "text": "one two"},
        {"audio_filepath": "long.wav", "offset": 1.25, "duration": 2, "text": "three", "mic": "m"},
    ]
    write_manifest(tmp_path / "nemo.jsonl", rows)
    first, second = read_sources(tmp_path / "nemo.jsonl")
    assert (first.facts.id, second.facts.id) == ("long.wav", "long.wav@1.250")
    assert (first.start_s, first.duration_s, first.facts.target) == (0.0, 1.25, "one two")
    assert (second.start_s, second.duration_s) == (1.25, 2.0)
    assert second.meta == {"mic": "m"}


@pytest.mark.parametrize("order", [("text", "target"), ("target", "text")])
def test_our_names_win_over_others(tmp_path: Path, order: tuple[str, str]) -> None:
    """Where a row has both our name and another program's, ours counts, in any order."""
    row = {"path": "a.wav"} | {name: name for name in order}
    write_manifest(tmp_path / "m.jsonl", [row])
    assert read_sources(tmp_path / "m.jsonl")[0].facts.target == "target"


def test_zero_is_a_label_and_an_id(tmp_path: Path) -> None:
    """Classes and ids that are the number 0 are not taken for missing."""
    write_manifest(tmp_path / "m.jsonl", [{"id": 0, "path": "a.wav", "label": 0, "speaker": 0}])
    facts = read_sources(tmp_path / "m.jsonl")[0].facts
    assert (facts.id, facts.target, facts.speaker) == ("0", "0", "0")


@pytest.mark.parametrize(
    ("cell", "tags"),
    [
        (None, ("clean",)),
        ("", ("clean",)),
        (" ; ", ("clean",)),
        ([], ("clean",)),
        ("car", ("car",)),
        ("car;people ; car", ("car", "people")),
        (["b", " a "], ("b", "a")),
        ([None, "a"], ("a",)),
        ("grüße; 車", ("grüße", "車")),
    ],
)
def test_tags(cell: object, tags: tuple[str, ...]) -> None:
    """Tags are a list or words with semicolons; none at all means clean."""
    assert tags_of(cell) == tags


def test_every_bad_row_is_said_at_once(tmp_path: Path) -> None:
    """Each mistake comes with its file and line and what to write; good rows hide none."""
    rows: list[dict] = [
        {"id": "ok", "path": "a.wav"},
        {"id": "no path"},
        {"id": "ok", "path": "b.wav"},
        {"path": "c.wav", "start_s": "soon"},
        {"path": "d.wav", "duration_s": -1},
        {"path": "e.wav", "weight": float("nan")},
        {"path": "f.wav", "start_s": float("inf")},
        {"path": "g.wav", "words": [[0.1, "x"]]},
        {"path": "h.wav", "words": "hello"},
        {"path": "i.wav", "target": "\ud800"},
        {"path": "j.wav", "weight": -0.5},
        {"path": "k.wav", "target": ["a", "b"]},
        {"path": "l.wav", "speaker": {"name": "x"}},
        {"path": "m.wav", "tags": {"noise": True}},
    ]
    path = tmp_path / "m.jsonl"
    write_manifest(path, rows)
    with path.open("a") as file:
        file.write("not json\n")
    with pytest.raises(UsageError) as caught:
        read_sources(path)
    said = {one.where: one.what for one in caught.value.problems}
    expected = {
        2: "no 'path'; every row names its file",
        3: "id 'ok' was used on line 1 already",
        4: "'start_s' is 'soon'; write a number, 0 or above",
        5: "'duration_s' is -1; write a number, 0 or above",
        6: "'weight' is nan; write a number, 0 or above",
        7: "'start_s' is inf; write a number, 0 or above",
        8: "'words' is [[0.1, 'x']]; write a list of [start_s, stop_s, word]",
        9: "'words' is 'hello'; write a list of [start_s, stop_s, word]",
        10: "'target' holds half a character",
        11: "'weight' is -0.5; write a number, 0 or above",
        12: "'target' is ['a', 'b']; write text or a number",
        13: "'speaker' is {'name': 'x'}; write text or a number",
        14: "'tags' is {'noise': True}; write a list, or words separated by ';'",
    }
    for line, words in expected.items():
        assert said[f"{path}:{line}"].startswith(words)
    assert len(said) == 14  # and the line that is no JSON


def test_a_file_named_twice(tmp_path: Path) -> None:
    """Where a row's id is its file's name, the way out is an id of its own."""
    rows = [{"audio_filepath": "a.wav", "text": "hello"}, {"audio_filepath": "a.wav", "text": "da"}]
    write_manifest(tmp_path / "m.jsonl", rows)
    with pytest.raises(UsageError, match="its file's name: give both rows an 'id'"):
        read_sources(tmp_path / "m.jsonl")
    write_manifest(tmp_path / "m.jsonl", [row | {"id": at} for at, row in enumerate(rows)])
    assert [one.facts.target for one in read_sources(tmp_path / "m.jsonl")] == ["hello", "da"]


def test_columns_without_a_path_are_shown(tmp_path: Path) -> None:
    """What the columns are called, and what they would have to be."""
    (tmp_path / "m.csv").write_text("Path,Sentence\na.wav,x\n")
    with pytest.raises(UsageError, match=r"as path, audio_filepath or .* has Path, Sentence"):
        read_sources(tmp_path / "m.csv")


def test_what_no_json_reader_takes(tmp_path: Path) -> None:
    """Lists as deep as the stack, numbers as long as a book: a bad line each, and no crash."""
    deep, long = "[" * 200_000, "1" * 5000
    path = tmp_path / "m.jsonl"
    path.write_text(f'{{"path": {deep}\n{{"path": "a.wav"}}\n{{"path": {long}}}\n')
    with pytest.raises(UsageError) as caught:
        read_sources(path)
    assert [one.where for one in caught.value.problems] == [f"{path}:1", f"{path}:3"]
    for text in (f'[{{"path": {deep}', f'[{{"path": {long}}}]'):
        path.write_text(text)
        with pytest.raises(UsageError, match="no JSON that can be read"):
            read_sources(path)


def test_nan_in_parquet_is_an_empty_cell(tmp_path: Path) -> None:
    """Programs write NaN where a number is not known; text columns may be numbers too."""
    nothing = float("nan")
    columns = {
        "path": ["a.wav", "b.wav"], "target": [nothing, 1.5], "duration_s": [nothing, 0.5],
        "weight": [nothing, 2.0],
    }  # fmt: skip
    pq.write_table(pa.table(columns), tmp_path / "m.parquet")
    first, second = read_sources(tmp_path / "m.parquet")
    assert (first.facts.target, first.duration_s, first.facts.weight) == ("", None, 1.0)
    assert (second.facts.target, second.duration_s, second.facts.weight) == ("1.5", 0.5, 2.0)


def test_cells_that_are_no_text(tmp_path: Path) -> None:
    """Truth values are as in an error table; NaN for a text is none."""
    rows = [{"path": "a.wav", "label": True}, {"path": "b.wav", "label": float("nan")}]
    write_manifest(tmp_path / "m.jsonl", rows)
    assert [one.facts.target for one in read_sources(tmp_path / "m.jsonl")] == ["true", ""]


WORDS = ((0.1, 0.25, "a, b"), (0.25, 1.0, 'quo"te'))


@pytest.mark.parametrize("form", ["csv", "jsonl", "objects", "parquet"])
def test_forms_of_words(tmp_path: Path, form: str) -> None:
    """Word times as a list, as its JSON text in CSV, as objects in Parquet; none is no word."""
    lists = [list(one) for one in WORDS]
    objects = [dict(zip(("start_s", "stop_s", "word"), one, strict=True)) for one in WORDS]
    path = tmp_path / {"objects": "m.jsonl"}.get(form, f"m.{form}")
    if form == "csv":
        text = json.dumps(lists).replace('"', '""')
        path.write_text(f'path,words\na.wav,"{text}"\nb.wav,\nc.wav,[]\n')
    else:
        words = lists if form == "jsonl" else objects
        rows = [{"path": f"{name}.wav", "words": words} for name in "abc"]
        rows[1]["words"] = rows[2]["words"] = []
        if form == "parquet":
            pq.write_table(pa.Table.from_pylist(rows), path)
        else:
            write_manifest(path, rows)
    assert [one.words for one in read_sources(path)] == [WORDS, (), ()]


@pytest.mark.parametrize(
    "cell",
    ["[[0.1, 0.2]]", "[[", '["12a"]', "[[1, 0.5, 0]]", "[[-1, 0, 0]]", "[[0, NaN, 1]]", "7",
     '[{"start_s": 0, "stop_s": 1}]', '[[0, 1, "\\ud800"]]', "[" * 9999],
)  # fmt: skip
def test_wrong_words_are_refused(tmp_path: Path, cell: str) -> None:
    """Each is shown, with what to write."""
    write_manifest(tmp_path / "m.jsonl", [{"path": "a.wav", "words": cell}])
    with pytest.raises(UsageError, match=r"write a list of \[start_s, stop_s, word\]"):
        read_sources(tmp_path / "m.jsonl")


def test_other_columns_are_plain_json(tmp_path: Path) -> None:
    """Whatever a table holds, it can be written again by anyone: no NaN, no date, no bytes."""
    row = {
        "path": "a.wav", "day": dt.date(2024, 2, 29), "raw": b"x", "snr": float("nan"),
        "n": 3, "deep": {"list": [1.5, None]}, "ok": True, "license": "CC0",
    }  # fmt: skip
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "m.parquet")
    (source,) = read_sources(tmp_path / "m.parquet")
    assert source.meta == {
        "day": "2024-02-29", "raw": "b'x'", "snr": None, "n": 3, "deep": {"list": [1.5, None]},
        "ok": True, "licence": "CC0",
    }  # fmt: skip
    write_manifest(tmp_path / "m.jsonl", [{"path": "a.wav", "by\ud800": "\ud800"}])
    (source,) = read_sources(tmp_path / "m.jsonl")
    assert source.meta == {"by\\ud800": "\\ud800"}


def test_a_folder_is_a_source(tmp_path: Path) -> None:
    """Sounds of a folder and its folders, ids their paths; other files are passed over."""
    for name in ("b.wav", "deep/er/a.FLAC", "notes.txt", "é x.ogg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "folder.wav").mkdir()
    assert [one.facts.id for one in read_sources(tmp_path)] == [
        "b.wav",
        "deep/er/a.FLAC",
        "é x.ogg",
    ]


def test_a_file_name_of_any_bytes_gets_an_id_that_can_be_written(tmp_path: Path) -> None:
    """A name that is no UTF-8, as old archives have, still names one file."""
    name = os.fsdecode(b"caf\xe9.wav")
    try:
        (tmp_path / name).write_bytes(b"")
    except OSError:
        pytest.skip("this file system has no such names")
    (source,) = read_sources(tmp_path)
    assert source.facts.id == "caf\\xe9.wav"
    assert source.path.exists()


def ramp(folder: Path, suffix: str = "wav") -> Path:
    """Write two seconds in which each sample says where it is."""
    path = folder / f"ramp.{suffix}"
    soundfile.write(path, np.arange(2 * RATE_HZ, dtype=np.int16), RATE_HZ)
    return path


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_a_stretch_is_cut_where_it_says(tmp_path: Path, suffix: str) -> None:
    """Start and length in seconds are exact to the sample."""
    path = ramp(tmp_path, suffix)
    for start_s, duration_s in ((0.0, 0.5), (0.25, 1.0), (1.0, 1.0), (0.3333, 0.1), (1.5, None)):
        samples, rate_hz = read_sound(path, start_s, duration_s)
        first = round(start_s * RATE_HZ)
        frames = 2 * RATE_HZ - first if duration_s is None else round(duration_s * RATE_HZ)
        assert rate_hz == RATE_HZ
        assert np.array_equal(samples[:, 0] * 32768, np.arange(first, first + frames))


def test_a_rounded_length_is_no_mistake(tmp_path: Path) -> None:
    """A length rounded to two digits ends with the file; more than that is refused."""
    path = ramp(tmp_path)
    assert len(read_sound(path, 0.5, 1.51)[0]) == 1.5 * RATE_HZ
    with pytest.raises(BadSourceError, match=r"asks for 0\.5 to 2\.1 s, but the file has 2\.000"):
        read_sound(path, 0.5, 1.6)
    with pytest.raises(BadSourceError, match="starts at 2 s, but the file has 2"):
        read_sound(path, 2.0)


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "aiff", "au"])
@pytest.mark.parametrize("left", [0.5, 0.97])
def test_a_file_that_is_cut_off_is_never_read_short(
    tmp_path: Path, suffix: str, left: float
) -> None:
    """Whatever its container, a truncated file is refused and not silently shorter."""
    path = tmp_path / f"x.{suffix}"
    soundfile.write(path, noise_like(2, 1), RATE_HZ)
    assert len(read_sound(path)[0]) == 2 * RATE_HZ
    data = path.read_bytes()
    path.write_bytes(data[: int(left * len(data))])
    with pytest.raises(BadSourceError, match=r"truncated|not a sound file that can be read"):
        read_sound(path)


def test_a_wav_written_to_a_pipe_is_read(tmp_path: Path) -> None:
    """Programs that stream leave the size open; that is no truncation."""
    path = ramp(tmp_path)
    data = bytearray(path.read_bytes())
    place = data.index(b"data") + 4
    data[place : place + 4] = data[4:8] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    assert len(read_sound(path)[0]) == 2 * RATE_HZ


@pytest.mark.parametrize("name", ["missing.wav", "a.wav/b.wav", "x" * 300, "nul\0.wav", ".", "p"])
def test_what_is_no_file_has_a_reason(tmp_path: Path, name: str) -> None:
    """Missing, below a file, too long, impossible, a folder, a pipe: a reason, no crash."""
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    os.mkfifo(tmp_path / "p")
    with pytest.raises(BadSourceError):
        read_sound(tmp_path / name)


class Reads:
    """Counts how often a sound is read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ids: list[str] = []
        real = Sound.read

        def counted(self_: Sound, source: Source) -> object:
            self.ids.append(source.facts.id)
            return real(self_, source)

        monkeypatch.setattr(Sound, "read", counted)


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Return a manifest of four clips, one of them bad."""
    for number in range(3):
        sound = speechlike(0.4 + number / 10, seed=number)
        soundfile.write(tmp_path / f"c{number}.wav", sound, RATE_HZ)
    (tmp_path / "c3.wav").write_text("no sound")
    rows = [{"id": f"c{n}", "path": f"c{n}.wav", "target": "x"} for n in range(4)]
    write_manifest(tmp_path / "m.jsonl", rows)
    return tmp_path / "m.jsonl"


def measurer(manifest: Path, **changes: object) -> Measurer:
    """Return a measurer as a run starts with."""
    form = {"rate_hz": RATE_HZ, "min_s": 0.1, "downmix": False} | changes
    return Measurer(measures_file(manifest), Sound(**form))  # type: ignore[arg-type]


def test_measuring_is_remembered(manifest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was measured once is not read again; what was bad is looked at again."""
    sources = read_sources(manifest)
    first = measurer(manifest)(sources)
    assert first[3].startswith("not a sound file")
    samples, _ = read_sound(sources[1].path)
    facts = first[1].facts
    assert facts.digest == digest_sound(samples[:, 0], RATE_HZ)
    assert (facts.duration_s, facts.rate_hz, facts.target) == (0.5, RATE_HZ, "x")
    assert facts.peak == pytest.approx(0.5, abs=1e-4)
    assert facts.active_level_db < -6
    reads = Reads(monkeypatch)
    assert measurer(manifest)(sources) == first
    assert reads.ids == ["c3"]
    assert measurer(manifest).remembered(sources)[:3] == first[:3]
    assert measurer(manifest).remembered(sources)[3] == sources[3]


def test_a_changed_file_is_measured_again(manifest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another sound under the same name gives other facts; another form of reading, too."""
    sources = read_sources(manifest)
    before = measurer(manifest)(sources)
    soundfile.write(sources[0].path, speechlike(0.4, seed=9), RATE_HZ)
    reads = Reads(monkeypatch)
    after = measurer(manifest)(sources)
    assert reads.ids == ["c0", "c3"]
    assert after[0].facts.digest != before[0].facts.digest
    assert after[1:] == before[1:]
    assert measurer(manifest, min_s=0.45)(sources)[0].startswith("too short")


def test_a_stretch_is_measured_by_itself(manifest: Path) -> None:
    """Two stretches of a file have each its own digest and level."""
    row = {"path": "c2.wav", "duration_s": 0.3}
    write_manifest(manifest, [row | {"start_s": start} for start in (0, 0.2)])
    first, second = measurer(manifest)(read_sources(manifest))
    assert first.facts.digest != second.facts.digest
    assert first.facts.duration_s == second.facts.duration_s == 0.3


def test_a_file_that_comes_back_is_measured(manifest: Path) -> None:
    """A reason is not kept for ever: mend the file and it is used."""
    sources = read_sources(manifest)
    away = sources[0].path.rename(manifest.parent / "away")
    assert measurer(manifest)(sources)[0] == "missing: no such file"
    away.rename(sources[0].path)
    assert isinstance(measurer(manifest)(sources)[0], Source)


@pytest.mark.parametrize(
    "damage",
    [b"", b"{}", b"[1, 2", b"\xff\xfe\x00garbage\n[[]]\nnull\n[1]\n", b'["key", 1, 2, 3]\n' * 3],
)
def test_a_corrupt_cache_is_ignored(manifest: Path, damage: bytes) -> None:
    """Whatever is in the cache's file, the facts are right, and new ones are kept again."""
    sources = read_sources(manifest)
    before = measurer(manifest)(sources)
    file = measures_file(manifest)
    file.write_bytes(file.read_bytes()[:150] + damage)
    assert measurer(manifest)(sources) == before
    assert measurer(manifest).remembered(sources)[:3] == before[:3]


def test_a_cache_that_cannot_be_written_is_done_without(
    manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing can be remembered, measuring still works."""
    (manifest.parent / "file").write_text("")
    monkeypatch.setenv("AUGMENTOR_CACHE", str(manifest.parent / "file" / "cache"))
    assert isinstance(measurer(manifest)(read_sources(manifest))[0], Source)


def test_a_measure_that_fails_costs_one_source(
    manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unforeseen error in one file is that file's reason, with its kind and words."""
    real = Sound.read

    def strange(self: Sound, source: Source) -> object:
        if source.facts.id == "c1":
            raise ZeroDivisionError("strange")
        return real(self, source)

    monkeypatch.setattr(Sound, "read", strange)
    found = measurer(manifest)(read_sources(manifest))
    assert found[1] == "ZeroDivisionError while measuring: strange"
    assert isinstance(found[2], Source)


def test_manifest_rows_survive_a_round_trip(tmp_path: Path) -> None:
    """Unicode in every column comes through as it is."""
    row = {"id": "ñ/1 \"q\" 'r'\u2028", "path": "ä b.wav", "target": "русский", "tags": ["шум"]}
    (tmp_path / "m.jsonl").write_text(json.dumps(row, ensure_ascii=False) + "\n", "utf-8")
    (source,) = read_sources(tmp_path / "m.jsonl")
    assert (source.facts.id, source.path.name) == (row["id"], row["path"])
    assert (source.facts.target, source.facts.tags) == ("русский", ("шум",))
