"""A run can be replayed when the tables that it was planned by have gone."""

from pathlib import Path

import augmentor


def test_replay_needs_no_error_table(project: Path) -> None:
    """The next round overwrites the error table; the run's examples come again all the same."""
    found = augmentor.run(project, workers=0)
    (project.parent / "data" / "errors.csv").unlink()
    example = found.folder / "metadata.jsonl"
    name = example.read_text().split('"id": "')[1].split('"')[0]
    assert augmentor.replay(found.folder, name).agrees


def test_a_damaged_record_of_a_run_is_made_again(project: Path) -> None:
    """A record that cannot be read counts as an unfinished run."""
    first = augmentor.run(project, workers=0)
    (first.folder / "dataset.json").write_text("{")
    again = augmentor.run(project, workers=0)
    assert again.folder == first.folder
    assert not again.again
    assert augmentor.run(project, workers=0).again


def test_a_model_that_does_well_leaves_its_categories_out(project: Path) -> None:
    """What the model gets right is rejected with its error rate, and never made."""
    text = project.read_text().replace(
        "  tries: 3",
        '  difficulty: {model: "always:right", error: ">= 0.5", sample: 10}\n  tries: 3',
    )
    project.write_text(text)
    (project.parent / "always.py").write_text(
        "def right(waves, rate_hz):\n    return ['en'] * len(waves)\n"
    )
    sources = project.parent / "data" / "train.jsonl"
    lines = sources.read_text().replace('"fr"', '"en"').replace('"ru"', '"en"')
    sources.write_text(lines)
    found = augmentor.run(project, workers=0)
    assert {one["outcome"] for one in found.difficulty} <= {"fail", "cannot tell"}
    easy = [one["category"] for one in found.difficulty if one["outcome"] == "fail"]
    assert easy
    for name in easy:
        assert "rejected: difficulty" in found.gate[name]
        assert "passed" not in found.gate[name]
    reasons = (found.folder / "rejected.jsonl").read_text()
    assert "difficulty is 0, wanted >= 0.5" in reasons
