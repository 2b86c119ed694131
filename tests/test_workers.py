"""Workers that cannot start are told at once, and no example is blamed."""

import subprocess
import sys
from pathlib import Path

SCRIPT = "import augmentor\naugmentor.run('recipe.yaml', workers=2)\n"


def test_a_script_without_a_guard_is_told_what_to_do(project: Path) -> None:
    """Workers import the script that starts them: without a guard none can start."""
    (project.parent / "train.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "train.py"], cwd=project.parent, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode
    assert "if __name__ == '__main__':" in done.stderr.splitlines()[-1]
    assert not list(project.parent.glob("runs/*/dataset.json"))


def test_a_script_with_a_guard_runs(project: Path) -> None:
    """The same script with the guard makes its examples."""
    guarded = SCRIPT.replace("augmentor.run", "if __name__ == '__main__':\n    augmentor.run")
    (project.parent / "train.py").write_text(guarded)
    subprocess.run([sys.executable, "train.py"], cwd=project.parent, check=True, timeout=120)
    assert list(project.parent.glob("runs/*/dataset.json"))
