"""What a cut or a supervision of Lhotse says, as cells of a manifest's rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from augmentor.files.audio import ROUNDING_S

_INSTEAD = "write its sound as a file first: CutSet.save_audios(FOLDER)"
_REFUSED = {
    "MixedCut": f"mixes or pads sounds as it is read; {_INSTEAD}",
    "MultiCut": f"has several channels; make cuts of one: MultiCut.to_mono(), or {_INSTEAD}",
    "PaddingCut": "is silence and no recording; take it out",
}
_SOURCES = {
    "command": "is what a command writes, and augmentor starts no commands of a list",
    "url": "lies at an address, and augmentor reads files only",
    "memory": "lies in the manifest itself",
    "shar": "lies in a Shar archive",
}


def cut_cells(cut: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the cells of what a cut holds.

    A cut with one supervision, or none, is one example, as long as the cut. One with several is
    an example a supervision, cut where it begins and ends, as
    ``CutSet.trim_to_supervisions(keep_overlapping=False)`` does.

    Raises
    ------
    ValueError : it is no stretch of one file, or what is said in it is not all in it.
    """
    kind, id_ = cut["type"], str(cut["id"])
    if kind in _REFUSED:
        msg = f"'{id_}', a {kind}, {_REFUSED[kind]}"
        raise ValueError(msg)
    recording = cut.get("recording")
    if not recording:
        what = "features and no recording" if cut.get("features") else "no recording"
        msg = f"'{id_}' has {what}; sounds are wanted: write the cuts with their recordings"
        raise ValueError(msg)
    path = file_of(recording, cut.get("channel", 0))
    start_s, duration_s = float(cut["start"]), float(cut["duration"])
    supervisions: Sequence[Mapping[str, Any]] = cut.get("supervisions") or []
    for one in supervisions:
        first, last = float(one["start"]), float(one["start"]) + float(one["duration"])
        if first < -ROUNDING_S or last > duration_s + ROUNDING_S:
            msg = (
                f"'{id_}' is {duration_s:g} s long, and what '{one['id']}' says goes from "
                f"{first:g} to {last:g} s; cut where it begins and ends: "
                "CutSet.trim_to_supervisions(keep_overlapping=False)"
            )
            raise ValueError(msg)
    own = {**_custom(cut), "path": path}
    if len(supervisions) <= 1:
        said = _said(supervisions[0], start_s, duration_s) if supervisions else {"target": ""}
        cells = {**own, **said, "id": id_, "path": path}
        return [_placed(cells, start_s, duration_s, recording)]
    return [_cells(one, start_s, recording, own) for one in supervisions]


def supervision_cells(
    supervision: Mapping[str, Any], recording: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the cells of a supervision, whose times are those of its recording.

    Raises
    ------
    ValueError : its recording is no file that can be read as it is.
    """
    path = file_of(recording, supervision.get("channel", 0))
    return _cells(supervision, 0.0, recording, {"path": path})


def file_of(recording: Mapping[str, Any], channel: Any) -> str:
    """Return the name of a recording's file.

    Parameters
    ----------
    recording : as Lhotse writes it.
    channel : which is wanted; None where nothing says so.

    Raises
    ------
    ValueError : it is no file of one channel, or its samples are changed as Lhotse reads it.
    """
    id_, sources = recording["id"], recording["sources"]
    if len(sources) != 1:
        msg = f"recording '{id_}' has {len(sources)} sources, one is wanted; {_INSTEAD}"
        raise ValueError(msg)
    (source,) = sources
    kind, name = source["type"], source["source"]
    if kind != "file":
        why = _SOURCES.get(kind, f"is a source of kind '{kind}'")
        msg = f"recording '{id_}' {why}; {_INSTEAD}"
        raise ValueError(msg)
    changes = [one.get("name", "?") for one in recording.get("transforms") or []]
    if changes:
        msg = f"recording '{id_}' is changed as Lhotse reads it ({', '.join(changes)}); {_INSTEAD}"
        raise ValueError(msg)
    channels = list(source.get("channels") or [0])
    wanted = [channel] if isinstance(channel, int) else channel or channels
    if len(channels) > 1 or list(wanted) != channels:
        msg = f"recording '{id_}' has channels {channels}, wanted: {list(wanted)} alone; {_INSTEAD}"
        raise ValueError(msg)
    return str(name)


def _cells(
    supervision: Mapping[str, Any],
    offset_s: float,
    recording: Mapping[str, Any],
    own: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the cells of the stretch that a supervision is of."""
    start_s = max(0.0, round(offset_s + float(supervision["start"]), 8))
    duration_s = float(supervision["duration"])
    cells = {**own, **_said(supervision, start_s, duration_s), "id": str(supervision["id"])}
    return _placed(cells | {"path": own["path"]}, start_s, duration_s, recording)


def _placed(
    cells: dict[str, Any], start_s: float, duration_s: float, recording: Mapping[str, Any]
) -> dict[str, Any]:
    """Return cells with their stretch; a part of a recording is of the recording's group."""
    part = start_s > ROUNDING_S or duration_s < float(recording["duration"]) - ROUNDING_S
    if part and not cells.get("group"):
        cells["group"] = str(recording["id"])
    return cells | {"start_s": start_s, "duration_s": duration_s}


def _said(supervision: Mapping[str, Any], start_s: float, duration_s: float) -> dict[str, Any]:
    """Return what a supervision says of a stretch of its recording."""
    cells = _custom(supervision)
    cells |= {name: supervision[name] for name in ("language", "gender") if supervision.get(name)}
    cells |= {
        "target": supervision.get("text") or "",
        "speaker": supervision.get("speaker") or "",
    }
    words = list(_words(supervision, start_s))
    # Times that are not in the stretch were counted from elsewhere: no times, then.
    if words and all(-ROUNDING_S <= a <= b <= duration_s + ROUNDING_S for a, b, _ in words):
        cells["words"] = [[max(0.0, a), max(0.0, min(b, duration_s)), word] for a, b, word in words]
    return cells


def _words(supervision: Mapping[str, Any], start_s: float) -> Iterator[tuple[float, float, str]]:
    """Yield the aligned words; Lhotse counts their times from the start of the recording."""
    for item in (supervision.get("alignment") or {}).get("word", ()):
        symbol, start, duration, *_ = item.values() if isinstance(item, Mapping) else item
        if symbol:  # some aligners write pauses as words without letters
            first = round(float(start) - start_s, 8)
            yield first, round(first + float(duration), 8), str(symbol)


def _custom(thing: Mapping[str, Any]) -> dict[str, Any]:
    custom = thing.get("custom")
    return dict(custom) if isinstance(custom, Mapping) else {}
