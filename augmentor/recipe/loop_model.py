"""The frame of what a recipe says of `augmentor loop`: the user's model, and the rounds."""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from augmentor.files.program import words_of
from augmentor.recipe.strict import Budget, Strict, Text

TRAIN_NEEDS, TRAIN_ALSO = ("manifest", "out"), ("seed", "round")
PREDICT_NEEDS, PREDICT_ALSO = ("model", "manifest", "out"), ("seed", "round")
"""Fields that a command must have, and that it may have."""


class TrainSpec(Strict):
    """How the user's model is trained, by a program of theirs; the same in every round."""

    command: Text = Field(
        description="such as 'python train.py {manifest} {out} --seed {seed}': it reads the list "
        "of all examples to train on, and leaves its model at {out}"
    )
    form: Literal["manifest", "nemo", "lhotse", "kaldi"] = Field(
        default="manifest", description="of {manifest}: our own JSON Lines, or another's list"
    )
    code: list[Text] = Field(
        default=[],
        description="files and folders that must not change; what the command names counts",
    )
    hyperparameters: dict[str, int | float | str | bool] = Field(
        default={},
        description="what must not change either; each is a field of the command, as {lr}",
    )
    timeout_s: float = Field(
        default=86400, gt=0, le=2592000, description="how long one training may take"
    )

    @model_validator(mode="after")
    def _words(self) -> "TrainSpec":
        words_of(self.command, TRAIN_NEEDS, [*TRAIN_ALSO, *self.hyperparameters])
        return self


class PredictSpec(Strict):
    """How a trained model is asked."""

    command: Text | None = Field(
        default=None,
        description="such as 'python infer.py {model} {manifest} {out}': it writes JSON Lines "
        "with id, prediction and, where it knows them, score and loss",
    )
    model: str | None = Field(
        default=None,
        pattern=r"^[\w.]+:\w+$",
        description="package.module:function instead, called with the model's file, sounds and "
        "rate_hz, or the model's file and pictures",
    )
    code: list[Text] = Field(default=[], description="files and folders that must not change")
    timeout_s: float = Field(
        default=3600, gt=0, le=2592000, description="how long the command may take"
    )

    @field_validator("command")
    @classmethod
    def _words(cls, text: str | None) -> str | None:
        if text is not None:
            words_of(text, PREDICT_NEEDS, PREDICT_ALSO)
        return text


class LoopSpec(Strict):
    """How rounds follow each other in `augmentor loop`."""

    rounds: int = Field(
        default=2, ge=1, le=100, description="at most so many; each has the whole budget"
    )
    seeds: int = Field(
        default=1, ge=1, le=100, description="trainings of each round, told by {seed}"
    )
    budget: int | str | None = Field(
        default=None, description="of all rounds together; default: the budget times the rounds"
    )
    margin: float = Field(default=0.02, ge=0, le=1, description="how far a guarded tag may fall")
    guard: list[Text] | None = Field(
        default=None, description="tags that must not fall; default: all"
    )

    @field_validator("budget")
    @classmethod
    def _budget(cls, value: int | str | None) -> int | str | None:
        if value is not None:
            Budget.parse(value)
        return value
