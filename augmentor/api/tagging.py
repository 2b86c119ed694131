"""From a manifest to the same manifest with what can be measured: values, and tags."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from augmentor.api.progress import Progress, silent
from augmentor.core.errors import AugmentorError
from augmentor.files.atomic import write_json_lines
from augmentor.files.pictures import check_can_read
from augmentor.files.rows import check_can_write
from augmentor.jobs.local import map_chunks
from augmentor.sources.manifest import Source
from augmentor.sources.measured_tags import MEASURES, MeasureTags, Values, kind_of
from augmentor.sources.tag_rules import Rule, read_rules
from augmentor.sources.tagged import Item, read_items, tagged, write_tagged

CHUNK = 16


@dataclass(frozen=True, slots=True)
class TagCount:
    """How many rows a measured tag was found on.

    Parameters
    ----------
    rule : what it follows from.
    n : rows with it.
    of : rows that were measured and are of its kind, sounds or pictures.
    undefined : those of them where its measure is undefined: they do not have the tag.
    """

    rule: Rule
    n: int
    of: int
    undefined: int

    @property
    def share_frac(self) -> float:
        """The share of the rows of its kind."""
        return self.n / self.of

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        rule = self.rule
        return {
            "tag": rule.tag, "measure": rule.measure, "below": rule.below, "above": rule.above,
            "n": self.n, "of": self.of, "undefined": self.undefined, "share_frac": self.share_frac,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spread:
    """Where the values of a measure lie.

    Parameters
    ----------
    measure : its name.
    n : rows where it is defined.
    low, middle, high : 5th, 50th and 95th percentile; None where it is nowhere defined.
    """

    measure: str
    n: int
    low: float | None
    middle: float | None
    high: float | None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "measure": self.measure, "n": self.n, "p5": self.low, "p50": self.middle,
            "p95": self.high,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tagging:
    """What tagging a manifest found.

    Parameters
    ----------
    output : the manifest that was written.
    rows : its rows.
    tags : of each rule whose kind occurs, how often it holds.
    measures : of each measure of a kind that occurs, where its values lie.
    quarantine : id and reason of each row that could not be measured.
    """

    output: Path
    rows: int
    tags: list[TagCount]
    measures: list[Spread]
    quarantine: list[dict[str, str]]

    @property
    def quarantine_file(self) -> Path:
        """Where the reasons are written, if there are any."""
        return self.output.with_name(f"{self.output.name}.quarantine.jsonl")

    @property
    def exit_code(self) -> int:
        """0 done; 3 done, but some rows could not be measured."""
        return 3 if self.quarantine else 0

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "output": str(self.output),
            "n": self.rows,
            "tags": [one.to_json() for one in self.tags],
            "measures": [one.to_json() for one in self.measures],
            "quarantine": self.quarantine,
        }


def tag_manifest(
    manifest: str | Path,
    *,
    output: str | Path | None = None,
    thresholds: str | Path | None = None,
    workers: int = 0,
    progress: Progress = silent,
) -> Tagging:
    """Measure every sound and picture of a manifest, and write it with values and tags.

    Parameters
    ----------
    manifest : JSON Lines, CSV, Parquet, or a folder.
    output : the manifest to write (.jsonl, .csv or .parquet); by default beside the other, as
        ``NAME.tagged.jsonl``. The same file may be named.
    thresholds : a YAML file whose rules go before the shipped ones; see `read_rules`.
    workers : processes; 0 works in this one. The result is the same for any number.
    progress : told how far measuring is.

    Raises
    ------
    UsageError : the manifest or the thresholds are wrong, or pictures cannot be read here.
    AugmentorError : no row at all could be measured; nothing was written.
    """
    manifest = Path(manifest)
    target = default_output(manifest) if output is None else Path(output)
    rules = read_rules(None if thresholds is None else Path(thresholds))
    items = read_items(manifest)
    check_can_write(target)
    if any(kind_of(item.source) == "picture" for item in items):
        check_can_read()
    found = _measured(items, workers, progress)
    quarantine = [
        {"id": item.source.facts.id, "reason": one}
        for item, one in zip(items, found, strict=True)
        if isinstance(one, str)
    ]
    if len(quarantine) == len(items):
        first = quarantine[0]
        raise AugmentorError(
            f"{manifest}: none of {len(items)} rows could be measured, nothing was written; "
            f"{first['id']}: {first['reason']}"
        )
    rows = [
        tagged(item, None if isinstance(one, str) else one, rules, manifest, target)
        for item, one in zip(items, found, strict=True)
    ]
    write_tagged(target, rows)
    values = [(kind_of(item.source), one) for item, one in zip(items, found, strict=True)]
    good = [(kind, one) for kind, one in values if not isinstance(one, str)]
    done = Tagging(target, len(rows), _counts(good, rules), _spreads(good), quarantine)
    if quarantine:
        write_json_lines(done.quarantine_file, quarantine)
    else:
        done.quarantine_file.unlink(missing_ok=True)  # an earlier time's
    return done


def default_output(manifest: Path) -> Path:
    """Return where a tagged manifest goes: beside the other, onto it where it is tagged already."""
    whole = manifest.resolve() if manifest.is_dir() else manifest
    stem = whole.name if manifest.is_dir() else Path(whole.name.removesuffix(".gz")).stem
    return whole.with_name(f"{stem.removesuffix('.tagged')}.tagged.jsonl")


def _measured(items: Sequence[Item], workers: int, progress: Progress) -> list[Values | str]:
    sources = [item.source for item in items]
    chunks = [(start, sources[start : start + CHUNK]) for start in range(0, len(sources), CHUNK)]
    spread = min(workers, len(chunks)) if len(chunks) > 1 else 0
    found: dict[int, list[Values | str]] = {}
    done = 0

    def died(_source: Source, why: str) -> Values | str:
        return why

    for start, values in map_chunks(MeasureTags(), chunks, spread, died):
        found[start] = values
        done += len(values)
        progress("measuring", done, len(items))
    return [one for start, _ in chunks for one in found[start]]


def _counts(found: Sequence[tuple[str, Values]], rules: Sequence[Rule]) -> list[TagCount]:
    kinds = Counter(kind for kind, _ in found)
    counts = []
    for rule in rules:
        measure = MEASURES[rule.measure]
        if not kinds[measure.kind]:
            continue
        values = [one for kind, one in found if kind == measure.kind]
        n = sum(rule.holds(one) for one in values)
        undefined = sum(one[measure.name] is None for one in values)
        counts.append(TagCount(rule, n, len(values), undefined))
    return counts


def _spreads(found: Sequence[tuple[str, Values]]) -> list[Spread]:
    import numpy as np

    spreads = []
    for measure in MEASURES.values():
        values = [one[measure.name] for kind, one in found if kind == measure.kind]
        defined = [one for one in values if one is not None]
        if defined:
            ends = np.percentile(defined, [5, 50, 95])
            low, middle, high = (round(float(one), measure.digits) for one in ends)
            spreads.append(Spread(measure.name, len(defined), low, middle, high))
        elif values:
            spreads.append(Spread(measure.name, 0, None, None, None))
    return spreads
