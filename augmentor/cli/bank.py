"""``augmentor bank``: pack recordings, or real defects, into one file, or into disjoint ones."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from augmentor.cli.show import note

if TYPE_CHECKING:
    from augmentor.sources.manifest import Source


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
@click.option(
    "--sample-rate", type=click.IntRange(4000, 192000), default=16000, show_default=True,
    help="Hz to resample to",
)  # fmt: skip
@click.option("--intact", is_flag=True, help="keep recordings whole: impulse responses")
@click.option("--defects", is_flag=True, help="SOURCE is of pictures: cut out what is marked")
@click.option(
    "--split", metavar="80/10/10",
    help="train, dev and test banks that share no recording, group or speaker; or train=0.8,...",
)  # fmt: skip
def command(
    source: Path, output: Path, sample_rate: int, intact: bool, defects: bool, split: str | None
) -> int:
    """Pack the recordings of SOURCE, a folder or manifest: resampled, indexed, silences cut.

    With --defects SOURCE is a COCO file, a YOLO or MVTec folder, or a manifest of pictures, and
    the defects that are marked in it are cut out, measured and packed.

    With --split and -o noise.bank there are noise.train.bank, noise.dev.bank, noise.test.bank.
    Cuts and copies of one recording go into the same bank.

    Exit code 3 when some recordings or defects could not be used.
    """
    from augmentor.core.errors import AugmentorError
    from augmentor.sources.splitting import shares_of

    shares = shares_of(split) if split else None
    sources = _read(source, defects)
    parts = {output: sources}
    if shares:
        parts = _split(source, sources, shares, output, defects)
    written: list[Path] = []
    some_unusable = False
    for file, part in parts.items():
        said, unusable = (
            _defects(part, file) if defects else _recordings(part, file, sample_rate, intact)
        )
        written.append(file)
        some_unusable |= bool(unusable)
        for one in unusable:
            note(f"unusable: {one['id']}: {one['reason']}")
        if not said:
            for made in written:
                made.unlink()
            what = "defect" if defects else "recording"
            where = f"{source}, the part for {file.name}" if shares else source
            raise AugmentorError(f"{where}: no {what} could be used, nothing was written")
        note(f"{file}: {said}")
    return 3 if some_unusable else 0


def _read(source: Path, defects: bool) -> "list[Source]":
    """Return the recordings of a folder or manifest, or its pictures."""
    from augmentor.core.errors import UsageError
    from augmentor.sources.manifest import read_sources
    from augmentor.sources.pictures import read_pictures

    sources = read_pictures(source) if defects else read_sources(source)
    if not sources:
        hint = "holds no pictures" if defects else "holds no recordings; for pictures say --defects"
        raise UsageError(f"{source} {hint}")
    return sources


def _split(
    source: Path, sources: "list[Source]", shares: dict[str, float], output: Path, defects: bool
) -> "dict[Path, list[Source]]":
    """Return the sources of each file that is to be written."""
    from augmentor.sources.picture import Picture
    from augmentor.sources.sound import Sound
    from augmentor.sources.splitting import split_sources

    if defects:
        sources = [one for one in sources if one.marks]  # nothing is cut out of the others
    parts = split_sources(source, sources, shares, Picture() if defects else Sound())
    return {
        output.with_name(f"{output.stem}.{name}{output.suffix}"): part
        for name, part in parts.items()
    }


def _recordings(
    sources: "Sequence[Source]", output: Path, sample_rate: int, intact: bool
) -> tuple[str, list[dict[str, str]]]:
    """Pack recordings; return what is in the bank, empty for nothing, and what is not."""
    from augmentor.sources.pack import pack

    header = pack(sources, output, sample_rate, intact=intact)
    rows = header["recordings"]
    seconds = sum(row["frames"] for row in rows) / sample_rate
    said = f"{len(rows)} recordings, {seconds:.1f} s to hear, digest {header['digest']}"
    return said if rows else "", header["unusable"]


def _defects(sources: "Sequence[Source]", output: Path) -> tuple[str, list[dict[str, str]]]:
    """Cut defects; return what is in the bank, empty for nothing, and what is not."""
    from collections import Counter

    from augmentor.sources.defect_pack import cut_defects, read_marked

    refused: list[dict[str, str]] = []
    index = cut_defects(read_marked(sources, refused), output, refused)
    labels = Counter(row["label"] for row in index["defects"])
    counts = ", ".join(f"{count} {label}" for label, count in labels.most_common())
    said = f"{len(index['defects'])} defects ({counts}), digest {index['digest']}"
    return said if labels else "", index["unusable"]
