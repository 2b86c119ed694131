"""``augmentor bank``: pack recordings into one file."""

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
def command(source: Path, output: Path, sample_rate: int, intact: bool) -> int:
    """Pack the recordings of SOURCE, a folder or manifest: resampled, indexed, silences cut.

    Exit code 3 when some recordings could not be used.
    """
    from augmentor.core.errors import AugmentorError, UsageError
    from augmentor.sources.manifest import read_sources
    from augmentor.sources.pack import pack

    sources = read_sources(source)
    if not sources:
        raise UsageError(f"{source} holds no recordings")
    header = pack(sources, output, sample_rate, intact=intact)
    rows = header["recordings"]
    seconds = sum(row["frames"] for row in rows) / sample_rate
    for one in header["unusable"]:
        note(f"unusable: {one['id']}: {one['reason']}")
    if not rows:
        output.unlink()
        raise AugmentorError(f"{source}: no recording could be used, nothing was written")
    note(f"{output}: {len(rows)} recordings, {seconds:.1f} s to hear, digest {header['digest']}")
    return 3 if header["unusable"] else 0
