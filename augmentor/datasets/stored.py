"""The examples of a finished run."""

from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

from augmentor.core.errors import BadSourceError, UsageError
from augmentor.core.example import Facts
from augmentor.datasets.item import Item, check_dtype, item_of
from augmentor.datasets.pictures import PictureItem, picture_item_of
from augmentor.files.audio import read_sound
from augmentor.ledger.record import read_records
from augmentor.recipe.stored import stored_picture


class RunDataset(Dataset[Item | PictureItem]):
    """The new examples of a run, in plan order.

    Parameters
    ----------
    folder : the run's folder.
    dtype : ``torch.float32`` with full scale or white 1; or ``torch.int16`` for sounds,
        ``torch.uint8`` for pictures.

    Raises
    ------
    UsageError : the folder holds no finished run, or its manifest is damaged.
    """

    def __init__(self, folder: str | Path, *, dtype: torch.dtype = torch.float32) -> None:
        self.folder, self.dtype = Path(folder), dtype
        if not (self.folder / "dataset.json").exists():
            raise UsageError(f"{folder} is not a finished run; start 'augmentor run' again")
        self.records = read_records(self.folder)
        self.pictures = any(one.width_px for one in self.records)
        check_dtype(dtype, pictures=self.pictures)

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, key: int | tuple[int, int]) -> Item | PictureItem:
        """Return the item of an index, or of (epoch, index): a stored example has no epoch."""
        record = self.records[key[1] if isinstance(key, tuple) else key]
        path = self.folder / record.file_name
        facts = Facts(record.id, target=record.target, weight=record.weight)
        try:
            if self.pictures:
                return picture_item_of(
                    stored_picture(record, self.folder), facts, record.tags, record.category,
                    record.edits, self.dtype,
                )  # fmt: skip
            samples, _rate_hz = read_sound(path)
        except BadSourceError as error:
            raise BadSourceError(f"'{record.id}' ({path}): {error}") from None
        wave = torch.from_numpy(np.ascontiguousarray(samples[:, 0]))
        if self.dtype == torch.int16:
            wave = (wave * 32768).to(torch.int16)
        return item_of(wave, facts, record.tags, record.category, record.edits, record.words)
