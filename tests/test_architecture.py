"""The frame: which room imports which, what an import costs, what every name promises."""

import ast
import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import augmentor

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "augmentor"
FILES = sorted(PACKAGE.rglob("*.py"))


def python(code: str, **more: str) -> str:
    """Run some Python in a fresh process and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ | more,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_arrows_point_down() -> None:
    """import-linter's contracts of pyproject.toml hold."""
    code = (
        "import sys; from importlinter.cli import lint_imports; "
        "sys.exit(lint_imports(no_cache=True))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    """The command line answers about itself before any array library is there."""
    loaded = python(
        "import sys\n"
        "from augmentor.cli.main import entry\n"
        f"sys.argv = ['augmentor', *{arguments!r}]\n"
        "try:\n    entry()\nexcept SystemExit as stop:\n    assert not stop.code\n"
        "print('LOADED', *sys.modules)"
    ).partition("LOADED")[2]
    heavy = {
        "numpy",
        "scipy",
        "torch",
        "cv2",
        "librosa",
        "soundfile",
        "pydantic",
        "yaml",
        "pyarrow",
    }
    assert not heavy & set(loaded.split())


def test_import_is_light() -> None:
    """`import augmentor`, and each of its names that is no dataset, brings no signal library."""
    names = [name for name in augmentor.__all__ if "dataset" not in where(name)]
    loaded = python(
        f"import sys, augmentor\nbefore = set(sys.modules)\n"
        f"for name in {names!r}: getattr(augmentor, name)\n"
        "print('numpy' in before, 'LOADED', *sys.modules)"
    )
    assert loaded.startswith("False")
    assert not {"torch", "cv2", "librosa", "soundfile", "soxr"} & set(loaded.split())


def where(name: str) -> str:
    """Return the module that a public name comes from."""
    return augmentor._WHERE.get(name, "")


def test_no_verb_uses_the_network(project: Path, tmp_path: Path) -> None:
    """With every connection and look-up broken, the verbs do what they do."""
    output = python(
        "import json, os, socket, sys\n"
        "def no(*_args, **_more): raise AssertionError('network!')\n"
        "for name in ('connect', 'connect_ex', 'sendto', 'bind'):\n"
        "    setattr(socket.socket, name, no)\n"
        "socket.getaddrinfo = socket.gethostbyname = socket.create_connection = no\n"
        "from augmentor.cli.main import entry\n"
        "codes = {}\n"
        "for line in json.loads(os.environ['LINES']):\n"
        "    sys.argv = ['augmentor', *line]\n"
        "    try: entry()\n"
        "    except SystemExit as stop: codes[line[0]] = stop.code\n"
        "print('CODES', json.dumps(codes))\n",
        LINES=json.dumps(
            [
                ["audit", str(project.parent / "data/errors.csv"), "-o", str(tmp_path / "a")],
                ["compare", *[str(project.parent / "data/errors.csv")] * 2],
                ["plan", str(project), "--workers", "0"],
                ["preview", str(project), "-n", "1", "-o", str(tmp_path / "p")],
                ["run", str(project), "-o", str(tmp_path / "r"), "--workers", "0"],
                ["recipe", "check", str(project)],
                ["operators"],
                ["tag", str(project.parent / "data/train.jsonl"), "--workers", "0"],
                ["bank", str(project.parent / "data/noise"), "-o", str(tmp_path / "n.bank")],
            ]
        ),
    )
    codes = json.loads(output.partition("CODES ")[2])
    assert len(codes) == 9
    assert not any(codes.values()), codes


def test_public_names_resolve() -> None:
    """Every name of `augmentor.__all__` is there, and an unknown one says so."""
    assert sorted(augmentor.__all__) == dir(augmentor)
    for name in augmentor.__all__:
        assert getattr(augmentor, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'audit_tabel'"):
        _ = augmentor.audit_tabel


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_public_name_says_what_it_is(file: Path) -> None:
    """Every module, public class, function and method has a docstring."""
    tree = ast.parse(file.read_text())
    assert ast.get_docstring(tree) or file.stat().st_size == 0
    silent = [name for name, node in _public(tree) if not ast.get_docstring(node)]
    assert not silent


def _public(
    tree: ast.Module | ast.ClassDef, prefix: str = ""
) -> Iterator[tuple[str, ast.ClassDef | ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from _public(node, f"{node.name}.")


GLOBAL_CHANCE = ("numpy.random.", "np.random.", "random.", "torch.manual_seed", "torch.rand",
                 "torch.seed", "cv2.randn", "cv2.randu", "cv2.setRNGSeed")  # fmt: skip
NAMED_CHANCE = ("random.Generator", "random.Philox")


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_global_generator_is_called(file: Path) -> None:
    """Chance comes from named streams and one keyed generator, never from a global state."""
    called = [
        name
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        for name in [ast.unparse(node.func)]
        if re.fullmatch(r"[\w.]+", name)
        and name.startswith(GLOBAL_CHANCE)
        and not name.endswith(NAMED_CHANCE)
    ]
    imported = [
        alias.name
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if "random" in (alias.name, getattr(node, "module", ""))
    ]
    assert not called
    assert not imported


def test_a_philox_is_always_keyed() -> None:
    """A generator without a key would take its seed from the clock."""
    unkeyed = [
        f"{file.name}:{node.lineno}"
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("Philox")
        and not (node.args or node.keywords)
    ]
    assert not unkeyed


def test_every_module_can_be_imported() -> None:
    """No file of the package is broken or needs another imported before it."""
    for file in FILES:
        if file.name != "__main__.py":
            parts = file.relative_to(ROOT).with_suffix("").parts
            importlib.import_module(".".join(parts).removesuffix(".__init__"))


def test_files_are_small() -> None:
    """A file of more than 320 lines is two."""
    assert not [str(file) for file in FILES if len(file.read_text().splitlines()) > 320]
