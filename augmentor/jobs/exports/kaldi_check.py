"""Whether Kaldi takes a data folder: the checks of its ``utils/validate_data_dir.sh``.

References
----------
https://github.com/kaldi-asr/kaldi, egs/wsj/s5/utils/validate_data_dir.sh and validate_text.pl
"""

import re
from collections.abc import Iterator, Mapping

ILLEGAL = re.compile(rb"(?<![A-Za-z0-9_])(?:<s>|</s>|#0)(?![A-Za-z0-9_])")
"""What a text may not hold as a word of its own, in bytes as ``LC_ALL=C grep -w`` finds it."""


def wrong_with_folder(files: Mapping[str, str]) -> list[str]:
    """Return what Kaldi would refuse in a data folder; nothing where it is good.

    Parameters
    ----------
    files : name -> text of wav.scp, text, utt2spk, spk2utt, and perhaps segments, utt2dur
        and reco2dur.
    """
    missing = [name for name in ("spk2utt", "utt2spk", "text", "wav.scp") if not files.get(name)]
    if missing:
        return [f"{name} is missing or empty" for name in missing]
    fields = {
        name: [line.split(b" ") for line in text.encode().split(b"\n")[:-1]]
        for name, text in files.items()
    }
    found = [
        f"{name} is not in the order of its bytes, or has something twice"
        for name, lines in fields.items()
        if (firsts := [line[0] for line in lines]) != sorted(set(firsts))
    ]
    found += [
        f"{name} does not end in a new line"
        for name, text in files.items()
        if not text.endswith("\n")
    ]
    return [
        *found,
        *_speakers(fields),
        *_text(files["text"]),
        *_utterances(fields),
        *_recordings(fields),
    ]


_Fields = Mapping[str, list[list[bytes]]]


def _speakers(fields: _Fields) -> Iterator[str]:
    pairs = fields["utt2spk"]
    if any(len(one) != 2 for one in pairs):
        yield "a line of utt2spk is no utterance and speaker"
        return
    if sorted(pairs, key=lambda one: (one[1], one[0])) != pairs:
        yield "utt2spk is not in the order of speakers: they must begin the ids of utterances"
    if [[name, speaker] for speaker, *names in fields["spk2utt"] for name in names] != pairs:
        yield "spk2utt and utt2spk do not say the same"


def _text(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if any(char.isspace() and char not in "\t " for char in line):
            yield f"text holds white space that is none of ASCII's: {line!r}"
        if found := ILLEGAL.search(line.encode()):
            yield f"text holds {found[0].decode()}"


def _utterances(fields: _Fields) -> Iterator[str]:
    names = [line[0] for line in fields["utt2spk"]]
    for name in ("text", "utt2dur", "segments"):
        if name in fields and [line[0] for line in fields[name]] != names:
            yield f"{name} and utt2spk do not have the same utterances"
    for name in ("utt2dur", "reco2dur"):
        for line in fields.get(name, ()):
            if len(line) != 2 or not float(line[1]) > 0:
                yield f"a bad line of {name}: {b' '.join(line).decode()}"


def _recordings(fields: _Fields) -> Iterator[str]:
    recordings = [line[0] for line in fields["wav.scp"]]
    if any(len(line) < 2 or line[1].startswith(b"~") for line in fields["wav.scp"]):
        yield "a line of wav.scp has no path, or one that begins with ~"
    if [line[0] for line in fields.get("reco2dur", fields["wav.scp"])] != recordings:
        yield "reco2dur and wav.scp do not have the same recordings"
    for line in fields.get("segments", ()):
        if len(line) != 4 or float(line[3]) <= float(line[2]):
            yield f"a bad line of segments: {b' '.join(line).decode()}"
            return
    if "segments" not in fields:
        if recordings != [line[0] for line in fields["utt2spk"]]:
            yield "wav.scp and utt2spk do not have the same utterances"
    elif sorted({line[1] for line in fields["segments"]}) != recordings:
        yield "segments and wav.scp do not have the same recordings"
