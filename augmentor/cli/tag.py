"""``augmentor tag``: tags that nobody has to type."""

from pathlib import Path

import click

from augmentor.cli.show import (
    json_option,
    note,
    print_json,
    print_table,
    processes,
    progress_bar,
    workers_option,
)  # fmt: skip


@click.command()
@click.argument("manifest", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path),
    help="manifest to write: .jsonl, .csv or .parquet  [default: NAME.tagged.jsonl]",
)  # fmt: skip
@click.option(
    "--thresholds", type=click.Path(path_type=Path), metavar="FILE",
    help="YAML of  TAG: {measure: NAME, below: NUMBER}  that goes before the shipped thresholds",
)  # fmt: skip
@workers_option
@json_option
def command(
    manifest: Path,
    output: Path | None,
    thresholds: Path | None,
    workers: int | None,
    as_json: bool,
) -> int:
    """Measure the sounds and pictures of MANIFEST, a file or folder, and tag what stands out.

    Sounds: SNR, level, bandwidth, clipping, reverberation, silence. Pictures: sharpness,
    brightness, contrast, reflections, size. The values become columns; a rerun replaces its own.

    Exit code 0 done; 3 done, but some rows could not be measured.
    """
    from augmentor.api.tagging import tag_manifest

    with progress_bar() as progress:
        found = tag_manifest(
            manifest, output=output, thresholds=thresholds, workers=processes(workers),
            progress=progress,
        )  # fmt: skip
    if as_json:
        print_json(found.to_json())
        return found.exit_code
    header = ["tag", "where", "n", "share", "cannot tell"]
    rows = [
        [one.rule.tag, one.rule.text(), str(one.n), f"{one.share_frac:.1%}", str(one.undefined)]
        for one in found.tags
    ]
    print_table(header, rows, [False, False, True, True, True])
    click.echo()
    header = ["measure", "n", "5 %", "median", "95 %"]
    rows = [
        [one.measure, str(one.n), *map(_number, (one.low, one.middle, one.high))]
        for one in found.measures
    ]
    print_table(header, rows, [False, True, True, True, True])
    for one in found.quarantine[:_SHOWN]:
        note(f"quarantined: {one['id']}: {one['reason']}")
    if len(found.quarantine) > _SHOWN:
        note(f"quarantined: {len(found.quarantine) - _SHOWN} more")
    if found.quarantine:
        note(f"reasons: {found.quarantine_file}")
    note(f"{found.output}: {found.rows} rows, {found.rows - len(found.quarantine)} measured")
    return found.exit_code


_SHOWN = 10


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.6g}"
