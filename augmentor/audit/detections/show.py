"""Figures of detections as tables, for the screen and for the report."""

from collections.abc import Callable, Sequence

from augmentor.audit.detections.dice import Dice
from augmentor.audit.detections.figures import Figures
from augmentor.audit.detections.report import MISSED, Detections
from augmentor.audit.detections.sure import Interval
from augmentor.audit.show.tables import NOTHING, UNDEFINED, Shown, ends, percent

Cell = Callable[[Figures], str]


def detection_tables(found: Detections) -> list[tuple[str, Shown]]:
    """Return all tables with their titles: classes, confusion, pictures."""
    at = f"{found.match} IoU {found.iou:g} and score {found.score:g}"
    tables = [
        (f"Detections at {at}", _instances(found)),
        ("What was taken for what", _confusion(found)),
        ("Pictures", _pictures(found)),
    ]
    return [(title, shown) for title, shown in tables if shown.rows]


def _instances(found: Detections) -> Shown:
    columns: list[tuple[str, Cell]] = [
        ("n", lambda one: str(one.n)),
        ("found", lambda one: str(one.found)),
        ("confused", lambda one: str(one.confused)),
        ("missed", lambda one: str(one.missed)),
        ("false", lambda one: _count(one.false)),
        ("recall", lambda one: percent(one.recall)),
        ("recall 95 %", lambda one: _sure(one.recall_interval)),
        ("precision", lambda one: _of(one.false, percent(one.precision))),
        ("95 %", lambda one: _sure(one.precision_interval)),
        ("F1", lambda one: _of(one.false, percent(one.f1))),
        ("AP", lambda one: _of_class(one, one.average_precision)),
    ]
    if any(one.average_precision_coco is not None for one in found.classes):
        columns.append(("AP 50:95", lambda one: _of_class(one, one.average_precision_coco)))
    if found.overall.dice is not None:
        columns += [
            ("Dice", lambda one: _dice(one.dice, "pooled")),
            ("Dice 95 %", lambda one: _sure(None if one.dice is None else one.dice.interval)),
            ("mean Dice", lambda one: _dice(one.dice, "mean")),
        ]
    notes = [
        "recall: accuracy in the tag table; intervals here allow for alike things of one picture",
        "confused: a detection of another class lies there; it is a false one of its class",
        "AP: COCO's, precision at 101 recalls over all scores; of all classes the mean",
    ]
    if found.overall.dice is not None:
        notes.append("Dice: pixels of all pictures together; mean Dice: mean over pictures")
    return _table("class or tag", _rows(found), columns, "\n".join(notes))


def _pictures(found: Detections) -> Shown:
    columns: list[tuple[str, Cell]] = [
        ("defective", lambda one: str(one.defective)),
        ("escaped", lambda one: str(one.escaped)),
        ("escape rate", lambda one: percent(one.escape_rate)),
        ("escape 95 %", lambda one: _sure(one.escape_interval)),
        ("nothing right", lambda one: percent(one.unfound_rate)),
        ("good", lambda one: _count(one.good)),
        ("stopped", lambda one: _count(one.stopped)),
        ("overkill rate", lambda one: _of(one.good, percent(one.overkill_rate))),
        ("95 %", lambda one: _sure(one.overkill_interval)),
        ("false a picture", _mean),
        ("false 95 %", lambda one: _plain(one.false_interval)),
    ]
    note = (
        "defective: something is marked; escaped: of these, nothing at all was detected\n"
        "nothing right: of these, no thing was found where it is, as what it is\n"
        "good: nothing is marked; stopped: of these, something was detected"
    )
    return _table("class or tag", _rows(found), columns, note)


def _rows(found: Detections) -> list[Figures]:
    return [*found.classes, *found.tags, found.overall]


def _table(
    name: str, rows: Sequence[Figures], columns: Sequence[tuple[str, Cell]], note: str
) -> Shown:
    return Shown(
        header=[name, *(title for title, _ in columns)],
        rows=[[_name(one), *(cell(one) for _, cell in columns)] for one in rows],
        right=[False, *(True for _ in columns)],
        note=note,
    )


def _confusion(found: Detections) -> Shown:
    names = [*found.names, "nothing there"]
    return Shown(
        header=["marked", *found.names, MISSED],
        rows=[
            [name, *(str(count) for count in counts)]
            for name, counts in zip(names, found.confusion.tolist(), strict=True)
        ],
        right=[False, *(True for _ in names)],
        note="",
    )


def _name(one: Figures) -> str:
    return {"all": "(all)", "tag": f"tag: {one.name}"}.get(one.kind, one.name)


def _count(value: int | None) -> str:
    return NOTHING if value is None else str(value)


def _of(known: int | None, text: str) -> str:
    """Return a figure; a dash where it does not apply, as of things that are small."""
    return NOTHING if known is None else text


def _of_class(one: Figures, value: float | None) -> str:
    return NOTHING if one.kind == "tag" else percent(value)


def _sure(interval: Interval | None) -> str:
    return ends(interval, 1)


def _dice(found: Dice | None, which: str) -> str:
    return NOTHING if found is None else percent(getattr(found, which))


def _mean(one: Figures) -> str:
    if one.pictures is None:
        return NOTHING
    return UNDEFINED if one.false_per_picture is None else f"{one.false_per_picture:.2f}"


def _plain(interval: Interval | None) -> str:
    return NOTHING if interval is None else f"[{interval[0]:.2f}, {interval[1]:.2f}]"
