"""Checks of what a recipe says of rounds: how the user's model is trained and asked."""

from contextlib import suppress

from augmentor.recipe.checking import Checking, texts
from augmentor.recipe.loop_model import TRAIN_ALSO, TRAIN_NEEDS
from augmentor.recipe.strict import Budget


def check_loop(at: Checking) -> None:
    """Look at the commands, at what must not change, and at what they need beside them."""
    train, predict = at.document.block("train"), at.document.block("predict")
    for name in ("train", "predict"):
        for index, where in enumerate(texts(at.document.get(name, "code")) or ()):
            if not (at.folder / where).exists():
                place = (name, "code", index)
                at.wrong(place, f"'{where}' is not there (looked in {at.folder})")
    there = [name for name in ("train", "predict") if at.document.get(name) is not None]
    if len(there) == 1:
        missing = "predict" if there == ["train"] else "train"
        at.wrong((there[0],), f"a loop needs both; '{missing}' is missing", at_key=True)
    stated = [name for name in ("model", "command") if predict.get(name) is not None]
    if isinstance(at.document.get("predict"), dict) and len(stated) != 1:
        what = "not both" if stated else "'python infer.py {model} {manifest} {out}'"
        at.wrong(("predict",), f"write a command or a model: {what}", at_key=True)
    if train and at.document.get("audit", "manifest") is None:
        at.wrong(
            ("train",),
            "a loop asks each round's model about the same examples; name them: "
            "audit: {manifest: data/dev.jsonl}",
            at_key=True,
        )
    _hyperparameters(at)
    _seeds(at)
    _budget(at)


def _hyperparameters(at: Checking) -> None:
    """Refuse what is declared and never told, or takes the name of a field."""
    command = at.document.get("train", "command")
    for name in at.document.block("train", "hyperparameters"):
        place = ("train", "hyperparameters", name)
        if name in (*TRAIN_NEEDS, *TRAIN_ALSO):
            at.wrong(place, f"'{name}' is a field of its own; call it otherwise", at_key=True)
        elif isinstance(command, str) and f"{{{name}}}" not in command:
            at.wrong(
                place, f"the command never uses it; write {{{name}}} there, or take it out",
                at_key=True,
            )  # fmt: skip


def _seeds(at: Checking) -> None:
    """Refuse several trainings that would be the same training several times."""
    command, seeds = at.document.get("train", "command"), at.document.get("loop", "seeds")
    if isinstance(seeds, int) and seeds > 1 and "{seed}" not in str(command):
        at.wrong(
            ("train", "command"),
            f"loop: seeds is {seeds}, but the command never uses {{seed}}: all trainings "
            "would be the same",
        )


def _budget(at: Checking) -> None:
    """Refuse a budget of all rounds in another unit than that of one."""
    both = at.document.get("loop", "budget"), at.document.get("budget")
    with suppress(ValueError, TypeError):  # told by the frame's check
        whole, one = (Budget.parse(value) for value in both)
        if whole.unit != one.unit:
            at.wrong(
                ("loop", "budget"),
                f"'{both[0]}' is in another unit than budget, '{both[1]}'; write both in "
                "examples, in hours or in bytes",
            )
