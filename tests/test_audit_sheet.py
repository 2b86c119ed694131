"""Tags in a sheet of their own, and what can be said when only errors are tagged."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from augmentor.api import audit_table
from augmentor.cli.main import cli
from augmentor.core.errors import UsageError


def write(folder: Path, name: str, lines: list[str]) -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """A thousand rows without any tag, the first hundred wrong."""
    lines = ["id,path,target,prediction"]
    lines += [f"u{i},clips/{i}.wav,yes,{'no' if i < 100 else 'yes'}" for i in range(1000)]
    return write(tmp_path, "errors.csv", lines)


def test_only_errors_tagged(tmp_path: Path, answers: Path) -> None:
    """The share of the errors is known; error rate, share of data and gap are undefined."""
    sheet = write(tmp_path, "tags.csv", ["id,tags", *(f"u{i},car" for i in range(60)),
                                         *(f"u{i},people" for i in range(60, 100))])  # fmt: skip
    row = audit_table(answers, tags=sheet).ranking.rows[0]
    assert (row.tag, row.error_share_frac) == ("car", 0.6)
    assert (row.error_rate, row.share_frac, row.gap) == (None, None, None)
    said = audit_table(answers, tags=sheet).warnings[0]
    assert "only errors are tagged (100 of 100)" in said


def test_right_rows_left_blank_were_not_looked_at(tmp_path: Path, answers: Path) -> None:
    """The sheet has every row, of which people tagged fifty wrong ones."""
    lines = ["id;car;people"]
    lines += [f"u{i};{'x' if i < 30 else ''};{'x' if 30 <= i < 50 else ''}" for i in range(1000)]
    found = audit_table(answers, tags=write(tmp_path, "tags.csv", lines))
    rows = {row.tag: row for row in found.ranking.rows}
    assert rows["car"].error_share_frac == 0.6
    assert rows["car"].error_rate is None
    assert "(50 of 100)" in found.warnings[0]


def test_shares_make_the_rate_known(tmp_path: Path, answers: Path) -> None:
    """P(error | tag) = P(tag | error) P(error) / P(tag): 0.6 x 0.1 / 0.3."""
    sheet = write(tmp_path, "tags.csv", ["id,tags", *(f"u{i},car" for i in range(60)),
                                         *(f"u{i},people" for i in range(60, 100))])  # fmt: skip
    shares = write(tmp_path, "shares.csv", ["tag,share", "car,30 %"])
    rows = {row.tag: row for row in audit_table(answers, tags=sheet, shares=shares).ranking.rows}
    assert rows["car"].error_rate == pytest.approx(0.2)
    low, high = rows["car"].interval
    assert low < 0.2 < high
    assert rows["people"].error_rate is None


def test_a_sample_of_right_rows_makes_the_rate_known(tmp_path: Path, answers: Path) -> None:
    """All wrong rows and ninety right ones are tagged: the latter stand for nine hundred."""
    lines = ["path,tags"]
    lines += [f"clips/{i}.wav,{'car' if i < 50 else 'people'}" for i in range(100)]
    lines += [f"clips/{i}.wav,{'car' if i < 109 else ''}" for i in range(100, 190)]
    found = audit_table(answers, tags=write(tmp_path, "tags.csv", lines))
    rows = {row.tag: row for row in found.ranking.rows}
    share = 0.5 * 0.1 + 9 / 90 * 0.9
    assert rows["car"].share_frac == pytest.approx(share)
    assert rows["car"].error_rate == pytest.approx(0.05 / share)
    assert rows["car"].interval[0] < 0.05 / share < rows["car"].interval[1]
    assert "100 wrong and 90 right rows" in found.warnings[0]


def test_the_estimate_from_a_sample_covers_the_truth(tmp_path: Path) -> None:
    """Tagging 60 wrong and 100 right rows tells a tag's error rate, within its interval."""
    covered = 0
    for seed in range(25):
        rng = np.random.Generator(np.random.Philox(seed))
        tag = rng.random(2000) < 0.2
        wrong = rng.random(2000) < np.where(tag, 0.3, 0.05)
        answers = write(tmp_path, "e.csv", ["id,target,prediction"] + [
            f"u{i},yes,{'no' if wrong[i] else 'yes'}" for i in range(2000)])  # fmt: skip
        picked = [*rng.permutation(np.flatnonzero(wrong))[:60],
                  *rng.permutation(np.flatnonzero(~wrong))[:100]]  # fmt: skip
        sheet = write(tmp_path, "s.csv", ["id,tags"] + [
            f"u{i},{'t' if tag[i] else ''}" for i in picked])  # fmt: skip
        row = audit_table(answers, tags=sheet).ranking.rows[0]
        truth = wrong[tag].mean()
        covered += row.interval[0] <= truth <= row.interval[1]
    assert covered >= 21


def test_a_table_of_its_own_may_hold_tagged_errors_only(tmp_path: Path) -> None:
    lines = ["id,target,prediction,tags", "a,x,y,car", "b,x,y,car;people", "c,x,x,", "d,x,x,"]
    row = audit_table(write(tmp_path, "t.csv", lines)).ranking.rows[0]
    assert (row.tag, row.error_share_frac, row.error_rate) == ("car", 1.0, None)


def test_excel_sheets_join_too(tmp_path: Path, answers: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["id", "car", "people"])
    for i in range(100):
        book.active.append([f"u{i}", "x" if i % 2 else None, None if i % 2 else "x"])
    book.save(tmp_path / "tags.xlsx")
    found = audit_table(answers, tags=tmp_path / "tags.xlsx")
    assert {row.tag: row.error_share_frac for row in found.ranking.rows} == {
        "car": 0.5, "people": 0.5,
    }  # fmt: skip


def test_mistakes_in_a_sheet(tmp_path: Path, answers: Path) -> None:
    sheet = write(tmp_path, "tags.csv", ["id,tags", "u1,car", "u1,car", "v2,car"])
    with pytest.raises(UsageError) as caught:
        audit_table(answers, tags=sheet)
    said = [str(problem).replace(f"{tmp_path}/", "") for problem in caught.value.problems]
    assert said[0] == "tags.csv:3  'u1' again; it is on line 2 already"
    assert said[1].startswith("tags.csv:4  'v2' is no row of errors.csv")
    with pytest.raises(UsageError, match="no column 'id' or 'path'"):
        audit_table(answers, tags=write(tmp_path, "t.csv", ["name,tags", "u1,car"]))


def test_columns_are_named_by_flags(tmp_path: Path) -> None:
    lines = ["Nr.,said,heard,where", "1,x,x,clean", "2,x,y,car"]
    table = write(tmp_path, "t.csv", lines)
    options = ["id=Nr.", "target=said", "prediction=heard", "tags=where"]
    more = [part for option in options for part in ("--column", option)]
    done = CliRunner().invoke(cli, ["audit", str(table), *more, "--json"], standalone_mode=False)
    assert done.exception is None, done.output
    found = json.loads(done.stdout)
    assert (found["n"], found["overall"]["errors"]) == (2, 1)
    with pytest.raises(UsageError, match="no column 'heart' for the prediction; did you mean"):
        audit_table(table, columns={"prediction": "heart", "target": "said", "id": "Nr."})
    with pytest.raises(UsageError, match="a column cannot be 'traget'; did you mean 'target'"):
        audit_table(table, columns={"traget": "said"})


def test_a_sheet_of_all_rows_with_tags_on_right_ones_is_all_that_there_is(
    tmp_path: Path, answers: Path
) -> None:
    """Blank rows have no tag then: nothing is estimated, and no row is left out."""
    car = [*range(40), *range(100, 190)]
    lines = ["id,tags", *(f"u{i},{'car' if i in set(car) else ''}" for i in range(1000))]
    found = audit_table(answers, tags=write(tmp_path, "tags.csv", lines))
    row = found.ranking.rows[0]
    assert (row.n, row.errors) == (130, 40)
    assert row.share_frac == pytest.approx(0.13)
    assert row.error_rate == pytest.approx(40 / 130)
    assert found.warnings[:-1] == ()  # but for the missing baseline
