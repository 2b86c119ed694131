"""Defects that a run made beside real ones, measured alike, for its report."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from augmentor.core.errors import BadSourceError
from augmentor.core.pictures import Instances, union_of
from augmentor.kernels.defects.measured import Measured, measure_defect
from augmentor.ledger.record import Record
from augmentor.recipe.recipe import Recipe
from augmentor.recipe.stored import stored_picture
from augmentor.report.model import Histogram, HistogramPlot
from augmentor.sources.defect_bank import DefectBank
from augmentor.sources.picture import image_of

MOST = 60
"""Pictures of each category that are measured: enough for a histogram."""

_SHOWN = {
    "length_px": "length, px",
    "width_px": "width, px",
    "deepest_frac": "contrast where it is strongest, of the surface's light",
    "angle_deg": "angle, degrees",
}


def fitted_plots(recipe: Recipe, records: Sequence[Record], folder: Path) -> list[HistogramPlot]:
    """Return, for each bank of real defects and each category that made some, how both spread.

    Parameters
    ----------
    recipe : with the banks.
    records, folder : of the run.
    """
    banks = [one for one in recipe.banks.values() if isinstance(one, DefectBank)]
    plots = []
    for name in recipe.categories if banks else ():
        done = [one for one in records if one.state == "done" and one.category == name]
        made = list(_measured(done[:MOST], folder))
        plots += [_plot(name, made, bank) for bank in banks if made]
    return plots


def _measured(records: Sequence[Record], folder: Path) -> Iterator[Measured]:
    """Yield what each defect is like that the edits of some examples made."""
    for record in records:
        if not any(mark.get("made") for mark in record.marks):
            continue
        try:
            targets = stored_picture(record, folder)
        except BadSourceError:
            continue  # gone since it was made; whoever reads it next says so
        pixels, instances = image_of(targets).pixels, targets["instances"]
        assert isinstance(instances, Instances)
        for one in instances.items:
            if one.made and one.mask is not None:
                others = [other for other in instances.items if other is not one]
                yield measure_defect(pixels, one, union_of(others, *pixels.shape[:2]))


def _plot(name: str, made: Sequence[Measured], bank: DefectBank) -> HistogramPlot:
    real = [row["measures"] for row in bank.index["defects"]]
    return HistogramPlot(
        f"{name}: {len(made)} made beside {len(real)} real ones of '{bank.name}'",
        [
            Histogram(said, [row[key] for row in real], [getattr(one, key) for one in made])
            for key, said in _SHOWN.items()
        ],
    )
