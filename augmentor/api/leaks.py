"""No leaks: what a recipe learns from must have nothing in common with what it is tested on."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from augmentor.api.progress import Progress, silent
from augmentor.api.spreading import spread
from augmentor.audit.priorities.asked import open_path
from augmentor.audit.priorities.splits import NAMES
from augmentor.audit.tables.summary import SummaryTable
from augmentor.core.digest import digest_bytes, digest_json
from augmentor.core.errors import Problem, UsageError
from augmentor.core.example import FULL_SCALE
from augmentor.files.atomic import write_json
from augmentor.files.cache import cache_folder
from augmentor.kernels.fingerprint import sound_print
from augmentor.recipe.real import read_real
from augmentor.recipe.recipe import Recipe
from augmentor.recipe.worth import asked_of, audited
from augmentor.sources.bank import Bank
from augmentor.sources.defect_bank import DefectBank
from augmentor.sources.leaks import Item, Leak, Pair, Side, find_leaks, near_duplicates
from augmentor.sources.manifest import Source
from augmentor.sources.prints import VERSION, Printed, Remembered, Work, take_prints

Where = str | Path


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of looking for leaks.

    Parameters
    ----------
    leaks : all that were found, accepted ones too.
    unread : (manifest, how many of its examples cannot be read); nothing is known of these.
    """

    leaks: tuple[Leak, ...]
    unread: tuple[tuple[str, int], ...] = ()

    @property
    def warnings(self) -> list[str]:
        """What to know, where nothing was refused."""
        return [
            *(f"a known leak ({one.kind}): {one.said}" for one in self.leaks if one.accepted),
            *(f"{count} of {name} cannot be read: no leak was looked for in these"
              for name, count in self.unread),
        ]  # fmt: skip


def check_leaks(
    recipe: Recipe,
    more: Sequence[Where] = (),
    *,
    workers: int = 0,
    progress: Progress = silent,
) -> Looked:
    """Refuse a recipe that learns from what it is tested on; see `leaks_of`.

    Raises
    ------
    UsageError : every kind of leak that the recipe does not accept, with the first few examples.
    """
    looked = leaks_of(recipe, more, workers=workers, progress=progress)
    refused = [one for one in looked.leaks if not one.accepted]
    if refused:
        raise UsageError(
            [
                Problem(str(recipe.file), f"leak ({one.kind}): {one.said}; {one.advice}")
                for one in refused
            ]
        )
    return looked


def leaks_of(
    recipe: Recipe,
    more: Sequence[Where] = (),
    *,
    workers: int = 0,
    progress: Progress = silent,
) -> Looked:
    """Return what the source and the banks of a recipe have in common with what it is tested on.

    That is the audited table, by id, group and speaker; and the manifests under ``test``, by
    these and by what is to hear or to see. Rows of a test manifest whose split is ``train``
    do not count where others have another. Ids that are but names of files do not count either:
    the files themselves tell.

    Parameters
    ----------
    recipe : a loaded recipe.
    more : further manifests that nothing is learned from; relative ones to the recipe's folder.
    workers, progress : for sounds and pictures that were not looked at before.
    """
    looking = _Looking(recipe, workers, progress)
    tests = list(dict.fromkeys([*recipe.tests, *map(str, more)]))
    table = _table(recipe)
    if not tests and table is None:
        return Looked(())
    ours = looking.ours(prints=bool(tests))
    leaks: list[Leak] = []
    ignore = recipe.spec.leaks.ignore
    for side in [table] if table else []:
        leaks += [leak for our in ours for leak in find_leaks(our, side, ignore=ignore)]
    for name in tests:
        side = looking.test(name)
        for our in ours:
            leaks += find_leaks(our, side, _alike(our, side), ignore)
    return Looked(tuple(leaks), tuple(looking.unread))


def _table(recipe: Recipe) -> Side | None:
    """Return the rows of the audited table; None where there are none."""
    spec = recipe.spec.audit
    if spec is None or spec.table is None:
        return None
    table = open_path(audited(recipe), asked_of(spec, recipe.file.parent)).table
    if isinstance(table, SummaryTable):
        return None
    groups = table.groups or [""] * len(table)
    speakers = table.others.get("speaker") or [""] * len(table)
    items = [
        Item(name, group=group or "", speaker=speaker or "")
        for name, group, speaker in zip(table.ids, groups, speakers, strict=True)
    ]
    return Side(f"the audited table {spec.table}", items)


class _Looking:
    """Looks at sources, banks and test manifests, and remembers whose examples had no print."""

    def __init__(self, recipe: Recipe, workers: int, progress: Progress) -> None:
        self.recipe, self.workers, self.progress = recipe, workers, progress
        self.unread: list[tuple[str, int]] = []

    def test(self, name: str) -> Side:
        """Return the examples of a test manifest."""
        path = self.recipe.path(name)
        every = self._read(path)
        found = [one for one in every if one.facts.split.lower() not in NAMES["train"]] or every
        prints = self._prints(path, found)
        unread = sum(isinstance(one, str) for one in prints)
        if unread:
            self.unread.append((name, unread))
        return Side(name, list(map(Item.of, found, prints)))

    def ours(self, *, prints: bool) -> list[Side]:
        """Return the source and each bank that steps draw from, with prints or without."""
        recipe, spec = self.recipe, self.recipe.spec.source
        source = recipe.path(spec.manifest)
        took = self._prints(source, recipe.sources) if prints else [None] * len(recipe.sources)
        sides = [Side(f"the source {spec.manifest}", list(map(Item.of, recipe.sources, took)))]
        for bank in recipe.used_banks():
            if bank.path.resolve() == source.resolve():
                continue  # looked at already
            items = self._bank(bank, prints=prints)
            sides.append(Side(f"bank '{bank.name}' ({recipe.spec.banks[bank.name]})", items))
        return sides

    def _read(self, path: Path) -> list[Source]:
        return read_real(path, pictures=self.recipe.spec.source.kind == "picture")

    def _prints(self, manifest: Path, sources: Sequence[Source]) -> list[Printed | str]:
        def mapper(work: Work, wanted: list[Source]) -> list[Printed | str]:
            return spread(work, wanted, self.workers, self.progress, "looking for leaks")

        return take_prints(manifest, sources, self.recipe.medium, mapper)

    def _bank(self, bank: Bank | DefectBank, *, prints: bool) -> list[Item]:
        """Return the recordings of a bank, or the pictures that its defects were cut out of.

        Their ids name files of a folder, or defects: alone they say nothing.
        """
        if bank.packed() == bank.path:
            if isinstance(bank, DefectBank):
                return _parents(bank)
            return _tapes(bank, prints=prints)
        sources = self._read(bank.path)
        if isinstance(bank, DefectBank):
            sources = [one for one in sources if one.marks]
        took = self._prints(bank.path, sources) if prints else [None] * len(sources)
        return [Item.of(*one, own=False) for one in zip(sources, took, strict=True)]


def _parents(bank: DefectBank) -> list[Item]:
    """Return the pictures behind a file of defects, of which only the digests are known."""
    rows = {row["parent"]: row for row in bank.index["defects"]}
    return [
        Item(name, own_id=False, group=row["group"], digests=(row["parent_digest"],))
        for name, row in rows.items()
    ]


def _tapes(bank: Bank, *, prints: bool) -> list[Item]:
    """Return the recordings of a packed bank, as they were packed."""
    index = bank.index
    remembered = Remembered(index.header["digest"])
    new = {}
    for row in index.rows if prints else ():
        if row["digest"] not in remembered.known:
            tape = index.samples[row["first"] : row["first"] + row["frames"]]
            sound = tape.astype(np.float32) / np.float32(FULL_SCALE)
            new[row["digest"]] = Printed((row["sound"],), sound_print(sound, index.rate_hz))
    remembered.add(new)
    return [
        Item(
            row["id"],
            own_id=False,
            group=row["group"],
            speaker=row["speaker"],
            digests=(row["sound"],),
            print=remembered.known[row["digest"]].print if prints else None,
        )
        for row in index.rows
    ]


def _alike(ours: Side, theirs: Side) -> list[Pair]:
    """Return near duplicates, remembered for sides that were held against each other before."""
    shown = [
        [None if one.print is None else digest_bytes(one.print.tobytes()) for one in side.items]
        for side in (ours, theirs)
    ]
    file = cache_folder() / "alike" / f"{digest_json([VERSION, *shown])}.json"
    with suppress(OSError, ValueError):
        found = json.loads(file.read_text(encoding="utf-8"))
        return [(int(a), int(b), str(what)) for a, b, what in found]
    pairs = near_duplicates(ours, theirs)
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_json(file, pairs)
    return pairs
