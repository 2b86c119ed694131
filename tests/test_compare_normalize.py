"""Texts are made alike on both sides, in one way, or not at all."""

from pathlib import Path

import pytest

from augmentor.api import compare_tables
from augmentor.core.errors import UsageError

HEAD = "id,target,prediction,tags"


def write(folder: Path, name: str, *rows: str, head: str = HEAD) -> Path:
    path = folder / name
    path.write_text("\n".join([head, *rows]) + "\n")
    return path


def test_both_sides_are_normalised(tmp_path: Path) -> None:
    """Only the case changed: nothing rose, once it is told that case means nothing."""
    before = write(tmp_path, "a.csv", "1,Hello World,hello world,t", "2,Good,good,t")
    after = write(tmp_path, "b.csv", "1,Hello World,Hello World,t", "2,Good,Good,t")
    plain = compare_tables(before, after, metric="wer")
    assert (plain.overall.before, plain.overall.after) == (0, 1)
    alike = compare_tables(before, after, metric="wer", normalize="basic")
    assert (alike.overall.before, alike.overall.after) == (1, 1)
    assert alike.to_json()["normalize"] == "basic"


def test_mixed_settings_are_refused(tmp_path: Path) -> None:
    """A table may say how its texts were made; another way is another number."""
    head = f"{HEAD},normalize"
    one = write(tmp_path, "a.csv", "1,x,x,t,basic", head=head)
    other = write(tmp_path, "b.csv", "1,x,x,t,none", head=head)
    with pytest.raises(UsageError, match="normalised in different ways"):
        compare_tables(one, other)
    with pytest.raises(UsageError, match="give --normalize basic"):
        compare_tables(one, one)
    assert compare_tables(one, one, normalize="basic").n == 1
