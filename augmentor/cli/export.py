"""``augmentor export``: the examples of a run for other tools."""

from dataclasses import asdict
from pathlib import Path

import click

from augmentor.cli.show import json_option, note, print_json, progress_bar

_SHOWN = 10
"""So many skipped examples are named."""


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--to", required=True, metavar="FORM", help="one of those above")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="the folder to write"
)
@click.option("--with-source", is_flag=True, help="the examples of the source too")
@click.option("--link", is_flag=True, help="hard links instead of copies: takes no room")
@click.option(
    "--classes", default="", metavar="A,B,...",
    help="classes in the order of their numbers (coco, yolo, webdataset)  [default: by name]",
)  # fmt: skip
@click.option(
    "--shard-mb", type=click.IntRange(1), default=500, show_default=True,
    help="the size of a tar file (webdataset)",
)  # fmt: skip
@json_option
def command(
    run: Path,
    to: str,
    output: Path,
    with_source: bool,
    link: bool,
    classes: str,
    shard_mb: int,
    as_json: bool,
) -> int:
    """Write the sounds or pictures of run RUN, and what is known of them, for other tools.

    \b
    Sounds
    nemo         JSON Lines with offsets, a manifest a split
    kaldi        wav.scp, segments, text, utt2spk, spk2utt, utt2dur
    lhotse       recordings, supervisions, cuts
    Sounds and pictures
    huggingface  an audiofolder or imagefolder: metadata.jsonl
    webdataset   tar files
    Pictures
    coco         images, annotations.json: polygons, boxes, tags, parents
    yolo         images, labels and data.yaml, to train a segmenter
    mvtec        train/good, test/CLASS and ground_truth masks

    Exit code 0 done; 3 done, but some examples had to be skipped.
    """  # noqa: D301 - the backslash is click's
    from augmentor import api

    labels = [one.strip() for one in classes.split(",") if one.strip()]
    with progress_bar() as progress:
        found = api.export_run(
            run, to, output, with_source=with_source, link=link, labels=labels,
            shard_mb=shard_mb, progress=progress,
        )  # fmt: skip
    if as_json:
        print_json(asdict(found) | {"folder": str(found.folder)})
        return found.exit_code
    for one in found.skipped[:_SHOWN]:
        note(f"skipped: {one['id']}: {one['reason']}")
    if len(found.skipped) > _SHOWN:
        note(f"skipped: {len(found.skipped) - _SHOWN} more; --json names all")
    for line in found.notes:
        note(f"note: {line}")
    counts = found.counts
    marked = f", {counts['instances']} instances" if "instances" in counts else ""
    note(
        f"{found.folder}: {counts['new']} new {found.kind}s, {counts['source']} of the source"
        f"{marked}"
    )
    return found.exit_code
