"""A file of checks: what is right is read as it is meant, and every mistake is told at once."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from augmentor.audit.checks.check_file import Check
from augmentor.audit.checks.check_reading import read_checks
from augmentor.audit.checks.forbidden import fold, read_words, said
from augmentor.audit.checks.run import run_checks
from augmentor.audit.tables.raw import ErrorTable
from augmentor.audit.tables.table import read_table
from augmentor.core.coded import Coded
from augmentor.core.errors import Problem, UsageError

HEAD = "augmentor-audit: 1\nchecks:\n"
GOOD = """augmentor-audit: 1
checks:
  - name: accents are heard alike
    why: users with an accent left the beta
    metric: accuracy
    between: accent            # values of a column, or tags: [a, b]
    difference: "<= 5 %"
    signed off by: J. Doe
  - name: hernia is found
    metric: recall
    class: hernia
    at least: 0.8
  - name: no swearing
    words: lists/swearing.txt
    at most: 0
  - name: small brands are shown
    metric: Selection Rate
    class: hernia
    between: brand size
    smallest group: 2
    ratio: ">= 0.8"
"""


def table(**more: Any) -> ErrorTable:
    targets = ["hernia", "normal", "normal", "mass"] * 5
    return ErrorTable(
        ids=[str(at) for at in range(20)],
        targets=targets,
        predictions=["hernia", *targets[1:]],
        tag_names=("car", "night"),
        tags=np.ones((20, 2), dtype=np.bool_),
        others={
            "accent": Coded.of(["us", "uk"] * 10),
            "brand size": Coded.of(["small", "large", "large", "large"] * 5),
            "place": Coded.of([str(at) for at in range(20)]),
        },
        path="t.csv",
        **more,
    )


def checks_of(folder: Path, text: str) -> tuple[list[Check], list[Problem]]:
    path = folder / "audit.yaml"
    path.write_text(text)
    problems: list[Problem] = []
    return read_checks(path, problems), problems


def told(folder: Path, text: str, some: ErrorTable | None = None) -> list[tuple[int, int, str]]:
    """Return (line, column, message) of every mistake of a file of checks."""
    path = folder / "audit.yaml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        run_checks(some or table(), path)
    found = []
    for problem in caught.value.problems:
        place = re.fullmatch(rf"{re.escape(str(path))}:(\d+):(\d+)", problem.where)
        assert place, problem
        found.append((int(place[1]), int(place[2]), problem.what))
    return found


class TestGood:
    """What is right."""

    def test_the_documented_file(self, tmp_path: Path) -> None:
        """Every form of a check is read."""
        checks, problems = checks_of(tmp_path, GOOD)
        assert not problems
        assert [(one.metric, one.kind, one.sign, one.bound) for one in checks] == [
            ("accuracy", "difference", "<=", 0.05),
            ("recall", "value", ">=", 0.8),
            ("word_rate", "value", "<=", 0.0),
            ("selection_rate", "ratio", ">=", 0.8),
        ]
        assert checks[0].spec.why == "users with an accent left the beta"
        assert checks[0].spec.signed_off_by == "J. Doe"
        assert checks[2].words == tmp_path / "lists/swearing.txt"

    @pytest.mark.parametrize(
        ("written", "bound"),
        [
            ("at least: 1", 1), ("at least: 80 %", 0.8), ("at least: '>= 80%'", 0.8),
            ("at most: 0.00001", 1e-5), ("at most: .5", 0.5), ("at most: 5e-1", 0.5),
        ],
    )  # fmt: skip
    def test_bounds(self, tmp_path: Path, written: str, bound: float) -> None:
        """Fractions and percentages, the sign being free."""
        checks, problems = checks_of(tmp_path, f"{HEAD}  - {{name: a, metric: cer, {written}}}\n")
        assert not problems
        assert checks[0].bound == bound

    def test_a_word_error_rate_may_exceed_1(self, tmp_path: Path) -> None:
        """And so may its bound."""
        checks, problems = checks_of(
            tmp_path, f"{HEAD}  - {{name: a, metric: wer, at most: 1.5}}\n"
        )
        assert (problems, checks[0].bound) == ([], 1.5)


class TestBad:
    """What is wrong is told with its place, and what to write."""

    def test_all_at_once(self, tmp_path: Path) -> None:
        """Mistakes of form, of sense and against the table, in the order of the lines."""
        text = GOOD.replace("accuracy", "acuracy").replace("at least: 0.8", "at least: 80")
        text = text.replace("between: brand size", "between: brand sizes").replace("why:", "wy:")
        found = told(tmp_path, text)
        assert [(line, what.partition(";")[0]) for line, _, what in found] == [
            (4, "unknown key 'wy'"),
            (12, "'at least' is 80"),
            (14, f"no file '{tmp_path / 'lists/swearing.txt'}'"),
            (19, "no column or tag 'brand sizes'"),
        ]
        assert "did you mean 'why'?" in found[0][2]
        assert "did you mean 'brand size'?" in found[3][2]

    @pytest.mark.parametrize(
        ("check", "message"),
        [
            ("metric: ^recal, class: hernia, at least: 1", "unknown metric 'recal'; did you mean"),
            ("metric: ^recall, at least: 1", "add 'class: NAME'"),
            ("metric: wer, class: ^hernia, at least: 1", "wer has no class"),
            ("metric: recall, class: ^hernai, at least: 1", "is 'hernai'; did you mean 'hernia'?"),
            ("metric: recall, class: ^no, at least: 1", "false (so YAML reads yes, no, on and"),
            ("metric: accuracy, words: ^a.txt, at most: 0", "'metric' or a list of 'words', one"),
            ("at most: 0", "a 'metric' or a list of 'words'"),
            ("metric: accuracy", "one bound, 'at least' or 'at most'; this one has none"),
            ("metric: accuracy, at least: ^1, at most: 0.5", "has at least, at most"),
            ("metric: accuracy, ratio: ^0.8", "without 'between' has one bound"),
            ("metric: accuracy, between: accent, at least: ^0.8", "this one has at least"),
            ("metric: accuracy, between: ^[car, car], ratio: 0.8", "a tag twice"),
            ("metric: accuracy, between: ^[car], ratio: 0.8", "'between'"),
            ("metric: accuracy, between: ^[car, train], ratio: 0.8", "no tag 'train'; known: car,"),
            ("metric: accuracy, between: ^acent, ratio: 0.8", "did you mean 'accent'?"),
            ("metric: accuracy, tag: ^accent, at least: 0.8", "write slice: accent=..."),
            ("metric: accuracy, slice: ^accnt=us, at least: 0.8", "did you mean 'accent'?"),
            ("metric: accuracy, slice: ^accent, at least: 0.8", "is no predicate"),
            ("metric: wer, between: accent, difference: ^0", "no number of examples proves"),
            ("metric: wer, between: accent, difference: ^'>= 5 %'", 'write "<= 5 %"'),
            ("metric: accuracy, between: accent, ratio: ^1.2", "above 0 and below 1"),
            ("metric: accuracy, at least: ^some", "'at least' is 'some'; write 0.8 or 80 %"),
            ("metric: accuracy, at least: ^0", "above 0 to 1"),
            ("metric: accuracy, at most: ^100 %", "0 and below 1"),
            ("metric: accuracy, at least: ^.nan", "allowed"),
            ("metric: accuracy, at least: ^true", "write 0.8 or 80 %"),
            ("metric: accuracy, at least: ^[1]", "write 0.8 or 80 %"),
            ("metric: ^exposure, at least: 0.8", "compared 'between' groups, by its 'ratio'"),
            ("metric: exposure, between: accent, ratio: 0.8", "needs the column 'rank'"),
            ("metric: exposure, rank: ^accent, between: accent, ratio: 0.8", "holds no ranks"),
            ("metric: accuracy, rank: ^place, at least: 0.8", "belongs to 'metric: exposure'"),
            ("metric: accuracy, even if said: ^true, at least: 0.8", "a check of 'words'"),
            ("metric: wer, smallest group: ^9, at least: 0.8", "no groups without 'between'"),
            ("metric: accuracy, ^at leest: 0.8", "'at leest'; did you mean 'at least'?"),
        ],
    )
    def test_one_mistake(self, tmp_path: Path, check: str, message: str) -> None:
        """Each has its own words, and points at what is marked here, or else at the check."""
        line = f"  - {{name: a, {check}}}"
        column = line.index("^") + 1 if "^" in line else line.index("{") + 1
        found = told(tmp_path, f"{HEAD}{line.replace('^', '')}\n")
        assert [place[:2] for place in found] == [(3, column)]
        assert message in found[0][2]

    @pytest.mark.parametrize(
        ("text", "line", "message"),
        [
            ("- a\n", 1, "a performance audit is a mapping"),
            ("augmentor-audit: 1\n", 1, "'checks' is missing: a list of checks"),
            ("augmentor-audit: 1\nchecks: []\n", 2, "'checks' is empty"),
            ("checks: [7]\n", 1, "'augmentor-audit' is missing: write 'augmentor-audit: 1'"),
            ("augmentor-audit: 2\nchecks: [{name: a, metric: wer, at most: 1}]\n", 1, "allowed: 1"),
            ("augmentor-audit: 1\nchecks: [7]\n", 2, "'item 1' is 7; write a mapping"),
            ("augmentor-audit: 1\nchecks: [{metric: wer}]\n", 2, "'name' is missing: what is"),
            ("augmentor-audit: 1\nchecks: {a: b}\n", 2, "write a list"),
            ("augmentor-audit: 1\na: &a [*a]\n", 2, "holds itself"),
            ("augmentor-audit: 1\n  checks: 3\n", 2, "not YAML"),
            ("augmentor-audit: !!python/name:os.system 1\n", 1, "not YAML"),
        ],
    )  # fmt: skip
    def test_the_frame(self, tmp_path: Path, text: str, line: int, message: str) -> None:
        """What holds the checks."""
        found = told(tmp_path, text)
        assert found[0][0] == line
        assert message in found[0][2]

    def test_names_differ(self, tmp_path: Path) -> None:
        """A verdict is found by its name."""
        text = HEAD + "  - {name: a, metric: wer, at most: 1}\n" * 2
        assert told(tmp_path, text) == [(4, 12, "two checks are named 'a'; the first is on line 3")]

    def test_a_table_without_targets(self, tmp_path: Path) -> None:
        """It answers what needs none, and says so of the rest."""
        bare = ErrorTable(
            ids=["1", "2"], targets=["", ""], predictions=["a", "b"], tag_names=(),
            tags=np.zeros((2, 0), dtype=np.bool_), path="t.csv",
        )  # fmt: skip
        text = f"{HEAD}  - {{name: a, metric: accuracy, at least: 0.8}}\n"
        assert "accuracy needs targets; t.csv has none" in told(tmp_path, text, bare)[0][2]
        path = tmp_path / "audit.yaml"
        path.write_text(f"{HEAD}  - {{name: a, metric: selection rate, class: a, at least: 0.8}}\n")
        assert run_checks(bare, path).findings[0].judged.value == 0.5

    def test_too_many_groups(self, tmp_path: Path) -> None:
        """A column that is new in every row is no column of groups."""
        n = 1001
        many = ErrorTable(
            ids=[str(at) for at in range(n)], targets=["a"] * n, predictions=["a"] * n,
            tag_names=(), tags=np.zeros((n, 0), dtype=np.bool_),
            others={"who": Coded.of([f"w{at}" for at in range(n)])},
        )  # fmt: skip
        text = f"{HEAD}  - {{name: a, metric: accuracy, between: who, ratio: 0.8}}\n"
        assert (
            "1001 different values; at most 1000 are compared" in told(tmp_path, text, many)[0][2]
        )


class TestWords:
    """A user's list, matched as whole words without case and accents."""

    def words(self, folder: Path, text: str) -> Path:
        path = folder / "words.txt"
        path.write_text(text, encoding="utf-8")
        return path

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("DAMN it", ["damn"]), ("damned", []), ("the dam", []), ("mull", ["Müll"]),
            ("MU\u0308LL!", ["Müll"]), ("Bloody, hell", ["bloody hell"]), ("bloody good hell", []),
            ("bloody bloody hell damn", ["bloody hell", "damn"]), ("", []), ("ΛΉΞΗ", ["λήξη"]),
            ("mother-in-law", ["mother in law"]), ("कि", []), ("क", ["क"]),
        ],
    )  # fmt: skip
    def test_whole_words(self, tmp_path: Path, text: str, found: list[str]) -> None:
        """Inflections, parts and neighbours of a word are other words."""
        problems: list[Problem] = []
        listed = ("\ufeffdamn", "# a remark", "Müll  # rubbish", "", "bloody hell", "λήξη",
                  "mother in law", "क")  # fmt: skip
        path = self.words(tmp_path, "\n".join(listed))
        words = read_words(path, problems)
        assert not problems
        assert sorted(words.found(text)) == found

    def test_what_was_said_is_no_fault(self, tmp_path: Path) -> None:
        """A word of the target may stand in the prediction, others may not."""
        words = read_words(self.words(tmp_path, "damn\nhell\n"), [])
        answers, spoken = ["damn hell", "Damn", "all", "damn"], ["Damn!", "damn", "hell", "well"]
        found = said(words, answers, spoken)
        assert found.rows.tolist() == [True, False, False, True]
        assert found.words == {0: ["hell"], 3: ["damn"]}
        assert said(words, answers).rows.tolist() == [True, True, False, True]

    def test_a_check_names_the_examples(self, tmp_path: Path) -> None:
        """By id, in the slice that is asked for; and it fails as soon as one is there."""
        self.words(tmp_path, "hernia\n")
        path = tmp_path / "audit.yaml"
        path.write_text(
            f"{HEAD}  - {{name: a, words: words.txt, at most: 0}}\n"
            "  - {name: b, words: words.txt, even if said: true, at most: 0, slice: accent=us}\n"
            "  - {name: c, words: words.txt, even if said: true, at most: 0, slice: accent=uk}\n"
        )
        found = run_checks(table(), path)
        assert [one.verdict for one in found.findings] == ["pass", "fail", "pass"]
        assert found.findings[1].examples == (
            ("0", ("hernia",)), ("4", ("hernia",)), ("8", ("hernia",)), ("12", ("hernia",)),
            ("16", ("hernia",)),
        )  # fmt: skip
        assert found.findings[1].judged.value == 0.5

    @pytest.mark.parametrize(
        ("text", "line", "message"),
        [
            ("ok\nf***\n", 2, "'f***' is no word"),
            ("!!\n", 1, "'!!' is no word"),
            ("# none\n", 0, "holds no word"),
        ],
    )
    def test_bad_lists(self, tmp_path: Path, text: str, line: int, message: str) -> None:
        """A pattern would match something else than was meant."""
        problems: list[Problem] = []
        path = self.words(tmp_path, text)
        read_words(path, problems)
        assert problems[0].where == (f"{path}:{line}" if line else str(path))
        assert message in problems[0].what

    def test_no_text(self, tmp_path: Path) -> None:
        """A list that is no text is told."""
        (tmp_path / "words.txt").write_bytes(b"\xff\xfe\x00")
        path = tmp_path / "audit.yaml"
        path.write_text(f"{HEAD}  - {{name: a, words: words.txt, at most: 0}}\n")
        with pytest.raises(UsageError, match=r"words.txt.*expected a text with one word a line"):
            run_checks(table(), path)

    def test_folding(self) -> None:
        """Accents go, letters stay."""
        assert fold("Éclair, STRASSE & Straße") == "eclair strasse strasse"
        assert fold("हिन्दी") == "हिन्दी"


def test_a_table_from_a_file(tmp_path: Path) -> None:
    """The documented file judges a table as it comes: columns, tags and words together."""
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists/swearing.txt").write_text("damn\n")
    (tmp_path / "audit.yaml").write_text(GOOD)
    lines = ["id,target,prediction,tags,accent,brand size"]
    for at in range(400):
        target = "hernia" if at % 4 == 0 else "normal"
        brand = "small" if at % 2 else "large"
        lines.append(f"{at},{target},{target},car,{'us' if at % 3 else 'uk'},{brand}")
    (tmp_path / "t.csv").write_text("\n".join(lines))
    some = read_table(tmp_path / "t.csv")
    assert isinstance(some, ErrorTable)
    found = run_checks(some, tmp_path / "audit.yaml")
    assert [one.verdict for one in found.findings] == ["pass", "pass", "pass", "fail"]
    assert [row.value for row in found.findings[3].judged.groups] == [0.5, 0.0]
