"""Checks of what a recipe says of difficulty: who is asked, and what follows from it."""

from augmentor.recipe.checking import Checking

PLACE = ("gate", "difficulty")


def check_difficulty(at: Checking) -> None:
    """Look at who says how hard a category is, and whether `select` can be kept."""
    asked = at.document.block(*PLACE)
    if not asked and at.document.get(*PLACE) is None:
        return
    stated = [name for name in ("model", "command") if asked.get(name) is not None]
    if len(stated) > 1:
        at.wrong((*PLACE, "command"), "a model or a command, not both", at_key=True)
    if not stated:
        if at.document.get("audit") is None:
            at.wrong(
                PLACE,
                "who says how hard it is? Write model: package.module:function, or command: "
                "'python infer.py {manifest} {out}', or add an audit, whose table then says it",
                at_key=True,
            )
        for name in ("select", "model_file"):
            if asked.get(name) is not None:
                at.wrong((*PLACE, name), f"'{name}' needs a model or a command", at_key=True)
    at.exists((*PLACE, "model_file"), "the model's file")
    named = asked.get("model_file") or at.document.get("train")  # a loop says which model
    if not named and "{model}" in str(asked.get("command")):
        at.wrong((*PLACE, "command"), "{model} stands for 'model_file', which is missing")
    if asked.get("select") == "hard":
        _clear(at)


def _clear(at: Checking) -> None:
    """Refuse to keep what is hard without asking whether it is clear: noise is hardest of all."""
    if at.document.get("source", "kind") == "picture":
        return  # the checks of defects are asked without being named
    for name in at.document.block("categories"):
        stated = at.document.block("gate", "clarity") | at.document.block(
            "categories", name, "gate", "clarity"
        )
        if all(bound is None for bound in stated.values()):
            at.wrong(
                (*PLACE, "select"),
                f"keeps what is hard and clear, but nothing asks whether '{name}' is clear; "
                'write gate: {clarity: {estoi: ">= 0.6"}}',
            )
