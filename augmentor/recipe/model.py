"""The frame of a recipe file, as pydantic checks it. Steps are checked by `steps`."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator

from augmentor.core.verdict import Bound
from augmentor.files.program import words_of
from augmentor.gate.command import NEEDED, is_command
from augmentor.recipe.leaks_model import LeaksSpec
from augmentor.recipe.loop_model import LoopSpec, PredictSpec, TrainSpec
from augmentor.recipe.strict import Budget, Strict, Text
from augmentor.sources.medium import Medium
from augmentor.sources.picture import MOST_PX, Picture
from augmentor.sources.sound import Sound

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
Weight = Annotated[float, Field(ge=0, le=1000)]

SOUNDS_ONLY = ("sample_rate", "min_s", "downmix")
PICTURES_ONLY = ("images", "min_px", "most_px", "classes")


class SourceSpec(Strict):
    """What new examples are made from."""

    manifest: Text = Field(description="a manifest (JSON Lines, CSV, Parquet) or a folder")
    kind: Literal["sound", "picture"] = Field("sound", description="what the examples are")
    sample_rate: int | None = Field(
        None, ge=4000, le=192000, description="of sounds, Hz; other rates are quarantined"
    )
    min_s: float = Field(0.1, ge=0, le=3600, description="shorter sounds are quarantined")
    downmix: bool = Field(default=False, description="average several channels into one")
    split: Text | None = Field(
        None, description="only examples of this split, as train; default: all that are listed"
    )
    images: Text | None = Field(
        None, description="the folder of the pictures, where their list lies elsewhere"
    )
    min_px: int = Field(1, ge=1, description="pictures with a shorter side are quarantined")
    most_px: int = Field(
        MOST_PX, ge=1, le=2**31, description="pictures of more pixels are not even decoded"
    )
    classes: list[Text] = Field(
        [], description="names of the numbers in masks of classes; the background first"
    )
    target: Literal["label", "transcript"] | None = Field(
        None,
        description="what 'target' holds; default: a transcript where the audit's metric is wer "
        "or cer or the example has word times, else a label",
    )

    def medium(self) -> Medium:
        """Return what the examples are."""
        if self.kind == "picture":
            return Picture(self.min_px, self.most_px, tuple(self.classes))
        return Sound(self.sample_rate, self.min_s, self.downmix)


class AuditSpec(Strict):
    """The model's errors."""

    table: Text | None = Field(default=None, description="an error table or a summary table")
    manifest: Text | None = Field(
        default=None,
        description="instead of a table, for `augmentor loop`: the examples that each round's "
        "model is asked about; in the same form as the source",
    )
    metric: Literal["accuracy", "error_rate", "wer", "cer"] = "accuracy"
    baseline: Text | None = Field(
        default=None,
        description="a CSV of tag, baseline, source; or human, best slice, column:NAME",
    )
    columns: dict[str, Text] = Field(
        default={}, description="what a column is: its name, where that is not known"
    )
    tags: Text | None = Field(
        default=None, description="a sheet with the tags, joined by id or path"
    )
    shares: Text | None = Field(default=None, description="a CSV of tag, share: the data in use")
    split: Text | None = Field(default=None, description="the split to audit; default: dev")
    slices: list[Text] = Field(
        default=[], description="expressions such as 'phone=old & snr_db < 5', each one more tag"
    )
    normalize: Text = Field(default="none", description="none, basic or package.module:function")

    @property
    def compared(self) -> str:
        """The metric by which tables are compared: accuracy says what an error rate says."""
        return "accuracy" if self.metric == "error_rate" else self.metric


class CurvesSpec(Strict):
    """A budget by learning curves: more where losses still fall."""

    points: Text = Field(description="a table of tag, size, loss: of trainings on so many examples")
    lam: float = Field(
        default=1.0, ge=0, le=1e6, description="what a loss above the others' mean weighs"
    )
    limit: float | None = Field(
        default=None,
        gt=0,
        le=1e6,
        description="how much the imbalance of sizes may change in one round",
    )


class Priorities(Strict):
    """What weighs on the ranking besides gap x share."""

    importance: dict[str, Weight] = Field(default={})
    ease: dict[str, Weight] = Field(default={})
    top: int | None = Field(default=None, ge=1, description="only the first so many categories")
    curves: CurvesSpec | None = Field(
        default=None, description="share the budget by learning curves; default: by gap x share"
    )


class DifficultySpec(Strict):
    """Is the model doing poorly on it? Without a model the error table says so."""

    model: str | None = Field(None, pattern=r"^[\w.]+:\w+$", description="package.module:function")
    command: Text | None = Field(
        None,
        description="a program instead, such as 'python infer.py {manifest} {out}': it writes "
        "JSON Lines with id, prediction and, where it knows them, score and loss",
    )
    model_file: Text | None = Field(
        None, description="the model's own file: while it stays the same, answers are remembered"
    )
    timeout_s: float = Field(600, gt=0, le=604800, description="how long the command may take")
    error: str = Field(">= 0.1", description="what its error rate on a sample must keep")
    sample: int = Field(60, ge=10, le=10000, description="examples of each category to ask about")
    select: Literal["hard"] | None = Field(
        None, description="hard: keep only what the model gets wrong and is clear, one by one"
    )

    @field_validator("error")
    @classmethod
    def _bound(cls, text: str) -> str:
        return str(Bound.parse(text))

    @field_validator("command")
    @classmethod
    def _words(cls, text: str | None) -> str | None:
        if text is not None:
            words_of(text, NEEDED, ["model"])
        return text


_COMMAND = r"[\s\S]*\{manifest\}[\s\S]*"


class ReferencesSpec(Strict):
    """Who answers the checks of clarity that only a sample is asked about."""

    recogniser: str = Field(
        default="pocketsphinx",
        pattern=rf"^(pocketsphinx|[\w.]+:\w+|{_COMMAND})$",
        description="of closed_set: pocketsphinx, for English; or package.module:function, "
        "called with waves, rate_hz and candidates; or a command with {manifest} and {out}, "
        "whose rows have candidates, and which writes the one that it picks as prediction",
    )
    classifier: str = Field(
        default="efficientnet-lite0",
        pattern=rf"^(efficientnet-lite0|[\w.]+:\w+|{_COMMAND})$",
        description="of keeps_answer: efficientnet-lite0, for photographs; or "
        "package.module:function, called with pictures; or a command with {manifest} and {out}",
    )
    reader: str = Field(
        default="rapidocr",
        pattern=rf"^(rapidocr|[\w.]+:\w+|{_COMMAND})$",
        description="of reads_text: rapidocr, for print in Latin letters or Chinese; or "
        "package.module:function, called with pictures; or a command with {manifest} and {out}, "
        "which writes what it reads as prediction",
    )
    model_file: Text | None = Field(
        default=None,
        description="the file of a recogniser, classifier or reader of yours: while it stays the "
        "same, answers are remembered; {model} in its command",
    )
    timeout_s: float = Field(
        default=600, gt=0, le=604800, description="how long a command may take"
    )
    text: Text | None = Field(
        default=None,
        description="the column with what is said or written, where targets are labels",
    )
    sample: int = Field(
        default=60, ge=10, le=10000, description="examples of each category to ask about"
    )
    decoys: int = Field(default=24, ge=2, le=200, description="sentences beside the right one")

    @field_validator("recogniser", "classifier", "reader")
    @classmethod
    def _words(cls, text: str) -> str:
        if is_command(text):
            words_of(text, NEEDED, ["model"])
        return text


_REAL = (
    "a manifest or a folder of real examples to hold new ones against; of a tagged manifest the "
    "rows with a category's tags count"
)


class GateSpec(Strict):
    """The checklist: realistic, clear, hard."""

    real: Text | None = Field(default=None, description=_REAL)
    realism: dict[str, Any] = Field(default={}, description="check: bound, or null to leave it out")
    clarity: dict[str, Any] = Field(default={}, description="check: bound, or null to leave it out")
    references: ReferencesSpec | None = None
    difficulty: DifficultySpec | None = None
    tries: int = Field(default=3, ge=1, le=50, description="draws before an example is rejected")


class CategoryGate(Strict):
    """A category's own bounds, over the recipe's."""

    real: Text | None = Field(default=None, description=_REAL)
    realism: dict[str, Any] = Field(default={})
    clarity: dict[str, Any] = Field(default={})


class CategorySpec(Strict):
    """One thing the model does poorly on, and how to make examples of it."""

    tags: list[Text] | None = Field(None, min_length=1, description="default: the name itself")
    from_: list[Text] | None = Field(
        None, alias="from", min_length=1, description="parents with any of these tags"
    )
    share: float | None = Field(None, gt=0, le=1, description="of the budget, without an audit")
    target: Text | None = Field(
        None, description="class of the new examples, where the edits make another of them"
    )
    steps: list[Any] = Field(min_length=1)
    gate: CategoryGate = CategoryGate()


class MixSpec(Strict):
    """How source and new examples go together."""

    max_share: float | None = Field(
        default=None, gt=0, le=1, description="cap of any one tag or class"
    )
    model_fits: bool | Literal["unknown"] = Field(
        default="unknown",
        description="yes: the model is large enough to fit its training data; no: it is not",
    )
    train_error: float | None = Field(
        default=None, ge=0, le=1, description="the model's error rate on its own training data"
    )
    dev_error: float | None = Field(
        default=None, ge=0, le=1, description="its error rate on dev data, to go by both"
    )


class OutputSpec(Strict):
    """Where a run goes."""

    folder: Text = "runs"
    format: Literal["folder"] = "folder"


class RecipeSpec(Strict):
    """A recipe: what to work on, how to make it, what must hold."""

    augmentor: Literal[1] = Field(description="version of this format")
    name: Name
    seed: int = Field(0, ge=0, lt=2**63)
    source: SourceSpec
    audit: AuditSpec | None = None
    banks: dict[str, Text] = Field({}, description="name: a folder, a manifest or a packed file")
    test: Text | list[Text] | None = Field(
        None,
        description="manifests that nothing is learned from: the source and the banks must have "
        "nothing in common with them",
    )
    leaks: LeaksSpec = LeaksSpec()
    priorities: Priorities = Priorities()
    budget: int | str = Field(description='examples, or "20 h", or "2 GB"')
    families: dict[str, list[Text]] = Field(
        default={}, description="tags that are near each other, for `augmentor compare`"
    )
    categories: dict[str, CategorySpec] = Field(min_length=1)
    gate: GateSpec = GateSpec()
    mix: MixSpec = MixSpec()
    train: TrainSpec | None = None
    predict: PredictSpec | None = None
    loop: LoopSpec = LoopSpec()
    output: OutputSpec = OutputSpec()

    @field_validator("budget")
    @classmethod
    def _budget(cls, value: int | str) -> int | str:
        Budget.parse(value)
        return value
