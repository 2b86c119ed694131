"""``augmentor bank``: pack recordings, or real defects, into one file."""

from pathlib import Path

import click

from augmentor.cli.show import note


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
@click.option(
    "--sample-rate", type=click.IntRange(4000, 192000), default=16000, show_default=True,
    help="Hz to resample to",
)  # fmt: skip
@click.option("--intact", is_flag=True, help="keep recordings whole: impulse responses")
@click.option("--defects", is_flag=True, help="SOURCE is of pictures: cut out what is marked")
def command(source: Path, output: Path, sample_rate: int, intact: bool, defects: bool) -> int:
    """Pack the recordings of SOURCE, a folder or manifest: resampled, indexed, silences cut.

    With --defects SOURCE is a COCO file, a YOLO or MVTec folder, or a manifest of pictures, and
    the defects that are marked in it are cut out, measured and packed.

    Exit code 3 when some recordings or defects could not be used.
    """
    from augmentor.core.errors import AugmentorError

    said, unusable = (
        _defects(source, output) if defects else _recordings(source, output, sample_rate, intact)
    )
    for one in unusable:
        note(f"unusable: {one['id']}: {one['reason']}")
    if not said:
        output.unlink()
        what = "defect" if defects else "recording"
        raise AugmentorError(f"{source}: no {what} could be used, nothing was written")
    note(f"{output}: {said}")
    return 3 if unusable else 0


def _recordings(
    source: Path, output: Path, sample_rate: int, intact: bool
) -> tuple[str, list[dict[str, str]]]:
    """Pack recordings; return what is in the bank, empty for nothing, and what is not."""
    from augmentor.core.errors import UsageError
    from augmentor.sources.manifest import read_sources
    from augmentor.sources.pack import pack

    sources = read_sources(source)
    if not sources:
        raise UsageError(f"{source} holds no recordings; for pictures say --defects")
    header = pack(sources, output, sample_rate, intact=intact)
    rows = header["recordings"]
    seconds = sum(row["frames"] for row in rows) / sample_rate
    said = f"{len(rows)} recordings, {seconds:.1f} s to hear, digest {header['digest']}"
    return said if rows else "", header["unusable"]


def _defects(source: Path, output: Path) -> tuple[str, list[dict[str, str]]]:
    """Cut defects; return what is in the bank, empty for nothing, and what is not."""
    from collections import Counter

    from augmentor.core.errors import UsageError
    from augmentor.sources.defect_pack import cut_defects, read_marked
    from augmentor.sources.pictures import read_pictures

    sources = read_pictures(source)
    if not sources:
        raise UsageError(f"{source} holds no pictures")
    refused: list[dict[str, str]] = []
    index = cut_defects(read_marked(sources, refused), output, refused)
    labels = Counter(row["label"] for row in index["defects"])
    counts = ", ".join(f"{count} {label}" for label, count in labels.most_common())
    said = f"{len(index['defects'])} defects ({counts}), digest {index['digest']}"
    return said if labels else "", index["unusable"]
