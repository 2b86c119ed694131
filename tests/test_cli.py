"""The command line as a user meets it: exit codes, streams, tables, and no traceback ever."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from project import RECIPE, make_project, noise_like

from augmentor.api.starting import new_recipe
from augmentor.cli.main import VERBS, entry
from augmentor.cli.table import Column, fitting, table_lines
from augmentor.core.errors import UsageError
from augmentor.recipe.load import load_recipe


class Done(NamedTuple):
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def augmentor(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Return the command line, standing in the folder of a small project."""
    monkeypatch.chdir(project.parent)

    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["augmentor", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            entry()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert str(Path(__file__).parent.parent / "augmentor") not in err
        return Done(int(stop.value.code or 0), out, err)

    return run


def one_document(text: str) -> Any:
    """Return the one JSON document that a text is, by the letter of the standard."""

    def no(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    return json.loads(text, parse_constant=no)


class TestEveryVerb:
    """What a verb does when all is well."""

    def test_every_verb_has_help(self, augmentor: Command) -> None:
        """`--help` of each verb and of each `recipe` part is there."""
        shown = augmentor("--help")
        assert shown.code == 0
        for verb in VERBS:
            assert verb in shown.out
            assert augmentor(verb, "--help").out.startswith("Usage: augmentor")
        for part in ("check", "schema", "new"):
            assert augmentor("recipe", part, "--help").code == 0
        assert re.fullmatch(r"augmentor, version \d+\.\d+\.\d+\n", augmentor("--version").out)

    def test_audit(self, augmentor: Command) -> None:
        """The table is whole where stdout is no terminal; JSON is one document; a page is made."""
        shown = augmentor("audit", "data/errors.csv", "-o", "audit")
        assert shown.code == 0
        header, rule, *rows = shown.out.splitlines()
        assert header.split("  ")[0] == "rank"
        assert len(rows) == 4
        assert len(rule) > 100
        assert not [line for line in shown.out.splitlines() if "…" in line]
        assert "50.0 %" in rows[0]
        assert Path("audit/report.html").exists()
        assert "report: audit" in shown.err
        assert len(augmentor("audit", "data/errors.csv", "--top", "1").out.splitlines()) == 3
        found = one_document(augmentor("audit", "data/errors.csv", "--json").out)
        assert found["tags"][0]["tag"] == "people noise"

    def test_weights(self, augmentor: Command) -> None:
        """A weight moves the ranking; one that is none, or of no tag, is refused."""
        more = ("audit", "data/errors.csv", "--json", "--importance")
        assert one_document(augmentor(*more, "low bandwidth=100").out)["tags"][0]["tag"] == (
            "low bandwidth"
        )
        for bad in ("low bandwidth", "=3", "low bandwidth=x", "low=3", "clean=-1", "clean=nan"):
            done = augmentor(*more, bad)
            assert (done.code, done.out) == (2, ""), bad

    def test_compare_guards(self, augmentor: Command) -> None:
        """Nothing fell is 0; a guarded tag that fell is 1; one that is not guarded is 0."""
        same = augmentor("compare", "data/errors.csv", "data/errors.csv")
        assert same.code == 0
        worse = Path("data/errors.csv").read_text().replace("c5,en,en", "c5,en,ru")
        for index in range(10, 40):
            worse = worse.replace(f"c{index},en,en", f"c{index},en,ru")
        Path("worse.csv").write_text(worse)
        fell = augmentor("compare", "data/errors.csv", "worse.csv", "-o", "page")
        assert fell.code == 1
        assert "guard: fell: clean" in fell.err
        assert Path("page/report.html").exists()
        two = ("data/errors.csv", "worse.csv", "--guard", "people noise")
        assert augmentor("compare", *two).code == 0
        found = one_document(augmentor("compare", "data/errors.csv", "worse.csv", "--json").out)
        assert found

    def test_plan(self, augmentor: Command) -> None:
        """Budget, shares and what to know; as JSON the same numbers."""
        shown = augmentor("plan", "recipe.yaml", "--workers", "0")
        assert shown.code == 0
        assert re.search(r"people noise +0\.10000 +54\.2% +13\n", shown.out)
        assert "24 new examples" in shown.err
        planned = augmentor("plan", "recipe.yaml", "--json", "--workers", "0")
        assert one_document(planned.out)["examples"] == 24

    def test_run_then_replay(self, augmentor: Command) -> None:
        """A run ends with 0 and JSON; again there is nothing to do; a replay gives its bytes."""
        made = augmentor("run", "recipe.yaml", "-o", "runs", "--workers", "0", "--json")
        assert made.code == 0
        found = one_document(made.out)
        assert found["counts"]["done"] + found["counts"]["rejected"] == 24
        again = augmentor("run", "recipe.yaml", "-o", "runs", "--workers", "0")
        assert again.code == 0
        assert "finished before" in again.err
        folder = Path(found["folder"])
        row = json.loads((folder / "metadata.jsonl").read_text().splitlines()[0])
        replayed = augmentor("replay", str(folder), row["id"], "-o", "again.wav")
        assert replayed.code == 0
        assert "the bytes agree" in replayed.err
        assert Path("again.wav").read_bytes() == (folder / row["file_name"]).read_bytes()
        unknown = augmentor("replay", str(folder), row["id"] + "0")
        assert unknown.code == 2
        assert f"did you mean '{row['id']}'?" in unknown.err

    def test_quarantine_is_3(self, augmentor: Command) -> None:
        """A source that cannot be read costs itself only, is listed, and makes the exit code 3."""
        Path("data/p003.wav").write_bytes(b"")
        Path("data/p004.wav").write_text("no sound")
        made = augmentor("run", "recipe.yaml", "-o", "runs", "--workers", "0", "--json")
        assert made.code == 3
        found = one_document(made.out)
        assert found["counts"]["quarantined"] >= 2
        reasons = (Path(found["folder"]) / "quarantine.jsonl").read_text()
        assert "p003" in reasons
        assert "empty" in reasons
        assert augmentor("run", "recipe.yaml", "-o", "runs", "--workers", "0").code == 3
        assert augmentor("plan", "recipe.yaml", "--workers", "0").code == 0

    def test_preview(self, augmentor: Command) -> None:
        """A page is written, and its place is told."""
        done = augmentor("preview", "recipe.yaml", "-n", "1", "-o", "look")
        assert done.code == 0
        assert "preview: look/preview.html" in done.err
        assert "<html" in Path("look/preview.html").read_text()

    def test_recipe_check_and_schema(self, augmentor: Command) -> None:
        """A good recipe is 0 with nothing on stdout; the schema is one document."""
        assert augmentor("recipe", "check", "recipe.yaml") == (
            0, "", "recipe.yaml: good; 3 categories, 3 steps, 12 source examples\n"
        )  # fmt: skip
        assert one_document(augmentor("recipe", "schema").out)["title"] == "augmentor recipe"

    def test_operators(self, augmentor: Command) -> None:
        """The catalogue, one operator by either name, and both as JSON."""
        assert re.search(
            r"^mix_noise +mix_noise\.v1 +Background", augmentor("operators").out, re.MULTILINE
        )
        for name in ("reverb", "reverb.v1"):
            shown = augmentor("operators", name)
            assert re.search(
                r"^rt60_s +0\.1 to 3 s +\{uniform: \[0\.2, 0\.8\]\}", shown.out, re.MULTILINE
            )
            assert re.search(r"^seed .* drawn", shown.out, re.MULTILINE)
        assert "none: write it" in augmentor("operators", "mix_noise").out
        assert len(one_document(augmentor("operators", "--json").out)) >= 7
        assert "properties" in one_document(augmentor("operators", "gain", "--json").out)

    def test_bank(self, augmentor: Command) -> None:
        """A packed folder serves a recipe; a bad recording is 3, none at all 1, no file 2."""
        done = augmentor("bank", "data/noise", "-o", "noise.bank")
        assert done.code == 0
        assert "3 recordings" in done.err
        Path("packed.yaml").write_text(RECIPE.replace("vehicle: data/noise", "vehicle: noise.bank"))
        assert augmentor("plan", "packed.yaml", "--workers", "0").code == 0
        Path("data/noise/bad.wav").write_bytes(b"")
        done = augmentor("bank", "data/noise", "-o", "noise.bank")
        assert done.code == 3
        assert "unusable: bad.wav: empty" in done.err
        Path("all-bad").mkdir()
        Path("all-bad/bad.wav").write_bytes(b"")
        done = augmentor("bank", "all-bad", "-o", "none.bank")
        assert done.code == 1
        assert not Path("none.bank").exists()
        Path("empty").mkdir()
        assert augmentor("bank", "empty", "-o", "none.bank").code == 2


class TestMistakes:
    """Every mistake is a sentence and exit code 2."""

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("auditt data/errors.csv", "no verb 'auditt'; did you mean 'audit'?"),
            ("", "Usage"),
            ("audit", "Missing argument"),
            ("audit none.csv", "none.csv"),
            ("audit data", "data"),
            ("audit recipe.yaml", "unknown kind of table"),
            ("audit bad.csv", "bad.csv:3"),
            ("audit data/errors.csv --metric f2", "'f2' is not one of"),
            ("audit data/errors.csv --baseline none.csv", "none.csv"),
            ("audit data/errors.csv --colour", "No such option"),
            ("compare data/errors.csv none.csv", "none.csv"),
            ("compare data/errors.csv other.csv", "other.csv"),
            ("compare data/errors.csv data/errors.csv --margin 3", "3"),
            ("compare data/errors.csv data/errors.csv --guard loud", "loud"),
            ("plan none.yaml", "none.yaml  no such file"),
            ("plan data", "is a folder"),
            ("plan bad.yaml", "bad.yaml:3:1  unknown key 'sed'; did you mean 'seed'?"),
            ("plan broken.yaml", "not YAML"),
            ("run none.yaml", "no such file"),
            ("run bad.yaml", "bad.yaml:3:1"),
            ("run recipe.yaml --workers -1", "-1"),
            ("preview bad.yaml", "bad.yaml:3:1"),
            ("preview recipe.yaml -n 0", "0"),
            ("recipe check bad.yaml", "bad.yaml:3:1"),
            ("recipe chekc recipe.yaml", "chekc"),
            ("recipe new none.csv", "none.csv"),
            ("recipe new data/errors.csv --budget 0", "0"),
            ("recipe new data/errors.csv --bank vehicle", "TAG=FOLDER"),
            ("recipe new data/errors.csv --bank loud=data/noise", "needs a bank 'loud'"),
            ("replay none some", "is not a finished run"),
            ("replay data some", "is not a finished run"),
            ("replay junk some", "cannot be read"),
            ("plan small.yaml", "less than one example's size"),
            ("operators mix_niose", "did you mean 'mix_noise'?"),
            ("bank none -o x.bank", "none"),
            ("bank data/noise", "Missing option"),
            ("bank data/noise -o x.bank --sample-rate 0", "0"),
        ],
    )
    def test_a_mistake_is_a_sentence(self, augmentor: Command, line: str, said: str) -> None:
        """Exit code 2, nothing on stdout, and what is wrong on stderr."""
        Path("bad.csv").write_text("id,target,prediction,tags\na,b,c,d\na,b\n")
        Path("other.csv").write_text("id,target,prediction,tags\nzz,b,c,clean\n")
        Path("bad.yaml").write_text(RECIPE.replace("seed: 7", "sed: 7"))
        Path("broken.yaml").write_text("a: [1\n")
        Path("small.yaml").write_text(RECIPE.replace("budget: 24", "budget: 1 kB"))
        Path("junk").mkdir()
        Path("junk/manifest.parquet").write_text("junk")
        done = augmentor(*line.split())
        assert done.code == 2, done
        assert said in done.err
        assert "\n\n\n" not in done.err
        if line:
            assert done.out == ""
        written = Path("recipe.yaml").read_text()
        assert written == RECIPE

    def test_several_problems_are_counted(self, augmentor: Command) -> None:
        """All of them, one a line, under their number."""
        Path("bad.yaml").write_text(RECIPE.replace("seed: 7", "sed: 7").replace("24", "none"))
        done = augmentor("recipe", "check", "bad.yaml")
        assert done.err.splitlines()[0] == "2 problems:"
        assert [line.split("  ")[0] for line in done.err.splitlines()[1:]] == [
            "bad.yaml:3:1", "bad.yaml:9:9"
        ]  # fmt: skip

    def test_a_place_that_cannot_be_written_is_1(self, augmentor: Command) -> None:
        """What the machine refuses is a sentence with the path, and exit code 1."""
        done = augmentor("preview", "recipe.yaml", "-n", "1", "-o", "recipe.yaml/below")
        assert done.code == 1
        assert done.err.strip().splitlines()[-1].startswith("error: Not a directory: recipe.yaml")

    def test_a_models_fault_is_told(self, augmentor: Command) -> None:
        """The user's model is named before it is imported; its fault is a sentence."""
        asked = "tries: 3\n  difficulty: {model: my_model:predict}"
        Path("asks.yaml").write_text(RECIPE.replace("tries: 3", asked))
        done = augmentor("run", "asks.yaml", "--workers", "0")
        assert done.code == 2
        assert "your code: my_model:predict will be imported" in done.err
        assert "cannot be imported: ModuleNotFoundError" in done.err
        for text, said in (
            ("import nothing_here_\n", "ModuleNotFoundError: No module named 'nothing_here_'"),
            ("import sys\nsys.nothing\n", "AttributeError"),
            ("import sys\nsys.exit(4)\n", "SystemExit"),
            ("x = 1\n", "'my_model' has no 'predict'"),
            ("predict = 3\n", "'predict' of 'my_model' is not a function"),
            ("def predict(waves, rate_hz):\n    return ['en']\n", "gave 1 answers for"),
            ("def predict(waves, rate_hz):\n    return 1 / 0\n", "': ZeroDivisionError: division"),
        ):
            sys.modules.pop("my_model", None)
            shutil.rmtree("__pycache__", ignore_errors=True)
            Path("my_model.py").write_text(text)
            done = augmentor("run", "asks.yaml", "--workers", "0")
            assert done.code == 2
            assert said in done.err

    def test_a_model_may_import_its_neighbours_late(self, augmentor: Command) -> None:
        """The recipe's folder is on the path when the model runs, not only when it is imported."""
        asked = "tries: 3\n  difficulty: {model: late_model:predict, sample: 10}"
        Path("asks.yaml").write_text(RECIPE.replace("tries: 3", asked))
        Path("late_model.py").write_text(
            "def predict(waves, rate_hz):\n    import late_neighbour as n\n"
            "    return [n.answer] * len(waves)\n"
        )
        Path("late_neighbour.py").write_text("answer = 'xx'\n")
        before = list(sys.path)
        done = augmentor("run", "asks.yaml", "--workers", "0", "-o", "runs")
        assert done.code == 0
        assert "the model errs on 100% of 10, wanted >= 0.1: pass" in done.err
        assert sys.path == before


class TestProcess:
    """What only a real process shows."""

    def test_python_m_augmentor(self, project: Path) -> None:
        """`python -m augmentor` is the same command, with its exit codes."""
        for arguments, code in ((["recipe", "check", str(project)], 0), (["nothing"], 2)):
            done = subprocess.run(
                [sys.executable, "-m", "augmentor", *arguments],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert (done.returncode, done.stdout) == (code, "")
            assert "Traceback" not in done.stderr

    def test_a_reader_that_leaves_early(self) -> None:
        """`augmentor recipe schema | head -1` ends without a word about pipes."""
        process = subprocess.Popen(
            [sys.executable, "-m", "augmentor", "recipe", "schema"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        process.stderr.close()
        assert process.wait() == 1

    def test_a_table_fits_a_terminal_of_80_columns(self, project: Path) -> None:
        """On a real terminal no number is cut, and what is left out is named on stderr."""
        import pty

        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "augmentor", "audit", str(project.parent / "data/errors.csv")],
            stdout=theirs, stderr=subprocess.PIPE, env=os.environ | {"COLUMNS": "80"},
        )  # fmt: skip
        os.close(theirs)
        assert process.stderr is not None
        said = process.stderr.read().decode()
        process.stderr.close()
        assert process.wait() == 0
        shown = os.read(ours, 100_000).decode()
        os.close(ours)
        lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
        assert max(map(len, lines)) <= 80
        assert "…" not in shown
        for word in ("rank", "tag", "gap", "gain"):
            assert word in lines[0].split()
        assert len(lines) == 6
        assert "left out, as the terminal is narrow" in said
        assert "gap 95 %" in said
        assert "--json" in said


class TestTables:
    """A table that is always readable."""

    COLUMNS = (
        Column("tag", ["vehicle noise", "all"]),
        Column("n", ["120", "3"], right=True),
        Column("95 % interval", ["[29.9, 70.1]", "[0.3, 8.9]"], right=True),
        Column("what", ["a long sentence about it that may be wrapped", "short"]),
    )

    def test_without_a_width_nothing_is_cut(self) -> None:
        """The full width is used; numbers end in one column."""
        assert table_lines(self.COLUMNS) == [
            "tag              n  95 % interval  what",
            "-" * 79,
            "vehicle noise  120   [29.9, 70.1]  a long sentence about it that may be wrapped",
            "all              3     [0.3, 8.9]  short",
        ]

    def test_text_is_wrapped_numbers_are_not(self) -> None:
        """Within a width the text column gives way, at its words."""
        assert table_lines(self.COLUMNS, 60) == [
            "tag              n  95 % interval  what",
            "-" * 60,
            "vehicle noise  120   [29.9, 70.1]  a long sentence about it",
            "                                   that may be wrapped",
            "all              3     [0.3, 8.9]  short",
        ]

    @pytest.mark.parametrize("width", range(10, 90, 7))
    def test_every_number_is_whole_at_any_width(self, width: int) -> None:
        """Columns go in the order that was asked; what stays fits or is all that must stay."""
        kept, gone = fitting(self.COLUMNS, width, ("95 % interval", "what", "not there"))
        assert gone == ["95 % interval", "what"][: len(gone)]
        lines = table_lines(kept, width)
        assert max(map(len, lines)) <= max(width, len("vehicle noise  120"))
        assert any(re.search(r"\b120\b", line) for line in lines)

    def test_wide_letters_count_twice(self) -> None:
        """A terminal shows some letters two cells wide: columns stay straight."""
        lines = table_lines(
            [Column("tag", ["車の騒音", "car"]), Column("n", ["1", "2"], right=True)]
        )
        assert lines[2:] == ["車の騒音  1", "car       2"]

    def test_a_table_without_rows(self) -> None:
        """A header and a rule."""
        assert table_lines([Column("tag", []), Column("n", [], right=True)]) == ["tag  n", "------"]


TAGS = {
    "vehicle noise": "mix_noise",
    "people_noise": "mix_babble",
    "low bandwidth": "codec",
    "reverberant": "reverb",
    "clipped": "clipping",
    "fast": "speed_perturb",
    "telephone": "codec",
    "loud engine noise": "mix_noise",
    "headphone": "mix_noise",
    "train": "mix_noise",
    "restaurant": "mix_babble",
    "8000": "mix_noise",
    "yes": "mix_noise",
    "it's: {odd} #1": "mix_noise",
    "шум": "mix_noise",
    "??": "mix_noise",
    ".5": "mix_noise",
}


def table_of(path: Path, tags: list[str]) -> Path:
    """Write an error table in which every tag has a gap."""
    rows = [
        {"id": f"{tag}{i}", "target": "en", "prediction": "fr" if i < 3 else "en",
         "clean_prediction": "en", "tags": [tag]}
        for tag in tags
        for i in range(10)
    ]  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


class TestRecipeNew:
    """A first recipe from an error table."""

    @pytest.mark.parametrize("tag", TAGS)
    def test_any_tag_gives_a_recipe_that_loads(self, tmp_path: Path, tag: str) -> None:
        """Whatever a tag is called, the file is good once its banks are there."""
        make_project(tmp_path)
        table = table_of(tmp_path / "tables" / "2024.jsonl", [tag])
        path = tmp_path / "deep" / "recipe.yaml"
        path.parent.mkdir()
        path.write_text(
            new_recipe(table, source=str(tmp_path / "data/train.jsonl"), folder=path.parent)
        )
        tree = yaml.safe_load(path.read_text())
        self.fill(path, tree)
        recipe = load_recipe(path)
        assert list(recipe.categories) == [tag]
        (step,) = recipe.categories[tag].steps
        assert [one.operator.key() for one in step.walk()] == [TAGS[tag]]

    @staticmethod
    def fill(path: Path, tree: dict[str, Any]) -> None:
        """Make the banks that a recipe names."""
        import soundfile

        for where in tree.get("banks", {}).values():
            folder = path.parent / where
            if not folder.exists():
                folder.mkdir(parents=True)
                soundfile.write(folder / "a.wav", noise_like(1.0, seed=1), 16000)

    def test_it_runs_once_its_banks_are_there(self, augmentor: Command) -> None:
        """From the table to a plan in the words of the README, from another folder."""
        done = augmentor(
            "recipe", "new", "data/errors.csv", "--bank", "vehicle noise=data/noise",
            "--budget", "30", "-o", "recipes/first.yaml",
        )  # fmt: skip
        assert done.code == 0
        text = Path("recipes/first.yaml").read_text()
        tree = yaml.safe_load(text)
        assert tree["source"]["manifest"] == "../data/train.jsonl"
        assert tree["audit"]["table"] == "../data/errors.csv"
        assert tree["banks"] == {"vehicle_noise": "../data/noise", "talkers": "../data/train.jsonl"}
        assert list(tree["categories"]) == ["people noise", "vehicle noise", "low bandwidth"]
        assert (
            "  # 10.00% to gain: gap 50.0% x share 20.0%; baseline: clean counterpart\n"
            "  people noise:\n"
        ) in text
        planned = augmentor("plan", "recipes/first.yaml", "--json", "--workers", "0")
        assert planned.code == 0
        assert one_document(planned.out)["examples"] == 30

    def test_on_stdout_it_is_the_recipe_alone(self, augmentor: Command) -> None:
        """It can be sent to a file."""
        done = augmentor("recipe", "new", "data/errors.csv", "--top", "1")
        assert (done.code, done.err) == (0, "")
        assert list(yaml.safe_load(done.out)["categories"]) == ["people noise"]

    def test_a_recipe_that_was_there_is_kept(self, augmentor: Command) -> None:
        """Hours of work are not written over; the same text again moves nothing."""
        done = augmentor("recipe", "new", "data/errors.csv", "-o", "recipe.yaml")
        assert done.err == "what was there is now recipe.yaml.old\nwritten: recipe.yaml\n"
        assert Path("recipe.yaml.old").read_text() == RECIPE
        done = augmentor("recipe", "new", "data/errors.csv", "-o", "recipe.yaml")
        assert done.err == "written: recipe.yaml\n"
        assert Path("recipe.yaml.old").read_text() == RECIPE

    def test_the_metric_and_the_baseline_stay_with_it(self, augmentor: Command) -> None:
        """What ranked the tags is what the recipe's audit says."""
        Path("base.csv").write_text(
            "tag,baseline,source\nclean,0.99,human\nvehicle noise,0.9,human\n"
        )
        done = augmentor(
            "recipe", "new", "data/errors.csv", "--metric", "wer", "--baseline", "base.csv"
        )
        tree = yaml.safe_load(done.out)
        assert tree["audit"] == {
            "table": "data/errors.csv",
            "metric": "wer",
            "baseline": "base.csv",
        }
        assert "baseline: human" in done.out

    def test_no_gap_no_recipe(self, tmp_path: Path) -> None:
        """Without a baseline nobody knows what is worth fixing; the message says so."""
        table = tmp_path / "errors.csv"
        table.write_text("id,target,prediction,tags\na,x,y,noise\n")
        with pytest.raises(UsageError, match="give one with --baseline"):
            new_recipe(table)
