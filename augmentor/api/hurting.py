"""Can adding data hurt? What a plan knows, laid before the gate."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from augmentor.audit.priorities.asked import open_path
from augmentor.audit.tables.raw import ErrorTable
from augmentor.core.errors import Problem, UsageError, listed, nearest
from augmentor.gate.hurt import Added, Fit, Hurt, can_hurt
from augmentor.gate.shortcuts import Marked
from augmentor.recipe.planned import Plan
from augmentor.recipe.recipe import Category, Recipe
from augmentor.recipe.skew import are_classes
from augmentor.recipe.worth import asked_of, audited

ALL = "all"


def hurt_of(recipe: Recipe, plan: Plan) -> list[Hurt]:
    """Return for each category of a plan whether its new examples can hurt."""
    sources = [one.facts for one in recipe.sources if one.facts.id not in plan.quarantined]
    old = [Marked(facts.target, facts.tags) for facts in sources]
    added = [_added(recipe.categories[name], plan) for name in recipe.categories]
    targets = {one.target for one in old}
    classes = (
        are_classes(targets, len(old))
        and len(targets | {marked.target for one in added for marked in one.new}) > 1
    )
    mix = recipe.spec.mix
    fits = mix.model_fits if isinstance(mix.model_fits, bool) else None
    return can_hurt(
        old,
        added,
        Fit(fits, mix.train_error, mix.dev_error),
        classes=classes,
        mistaken=_mistaken(recipe) if classes and len(targets) > 2 else {},
        capped=mix.max_share is not None,
    )


def _added(category: Category, plan: Plan) -> Added:
    own = tuple(dict.fromkeys((category.tag, category.name, *category.tags)))
    rows = [row for row in plan.rows if row.category == category.name]
    facts = [row.source.facts for row in rows]
    return Added(
        category.name,
        [Marked(category.target_of(one), category.child_tags(one.tags)) for one in facts],
        already=sum(
            not set(own).isdisjoint(one.tags) or bool(category.target == one.target)
            for one in facts
        ),
        clarity=_asks_clarity(category, {edit.op for row in rows for edit in row.edits}),
        own=own,
        makes_class=category.target is not None,
    )


def _asks_clarity(category: Category, used: Collection[str]) -> bool:
    """Return whether some check of clarity means something after the operators it uses."""
    spoiled = {key for name in used for key in category.checklist.spoils.get(name, ())}
    return bool(category.sampled) or any(
        check.question == "clarity" and check.key not in spoiled
        for check, _ in category.checklist.asked
    )


def _mistaken(recipe: Recipe) -> Mapping[frozenset[str], int]:
    """Return how often the model took two classes for each other, by the audit's table."""
    audit = recipe.spec.audit
    if audit is None:
        return {}
    table = open_path(audited(recipe), asked_of(audit, recipe.file.parent)).table
    if not isinstance(table, ErrorTable) or not table.answered:
        return {}
    return Counter(
        frozenset((target, said))
        for target, said in zip(table.targets, table.predictions, strict=True)
        if target != said
    )


def check_allowed(recipe: Recipe, hurt: Sequence[Hurt], allow: Sequence[str]) -> list[str]:
    """Return the categories that were refused and are made all the same.

    Parameters
    ----------
    recipe : what is run.
    hurt : what was said of its categories.
    allow : names of categories, or ``all``.

    Raises
    ------
    UsageError : a name that is no category, or a refused category that is not allowed.
    """
    problems = _unknown(recipe, allow)
    for one in hurt:
        if one.verdict == "refuse" and not _allows(allow, one):
            said = "; ".join(each.say for each in one.reasons if each.verdict == "refuse")
            problems.append(
                Problem(
                    f"{recipe.file}: category '{one.category}'",
                    f"refused, as it can hurt: {said}. To make it all the same, "
                    f"start it again with --allow '{one.category}'",
                )
            )
    if problems:
        raise UsageError(problems)
    return allowed_of(recipe, hurt, allow)


def allowed_of(recipe: Recipe, hurt: Sequence[Hurt], allow: Sequence[str]) -> list[str]:
    """Return the refused categories that a run would make with `allow`; as `check_allowed`.

    Raises
    ------
    UsageError : a name that is no category.
    """
    if problems := _unknown(recipe, allow):
        raise UsageError(problems)
    return [one.category for one in hurt if one.verdict == "refuse" and _allows(allow, one)]


def _allows(allow: Sequence[str], one: Hurt) -> bool:
    return ALL in allow or one.category in allow


def _unknown(recipe: Recipe, allow: Sequence[str]) -> list[Problem]:
    known = [*recipe.categories, ALL]
    return [
        Problem("--allow", f"no category '{name}'{nearest(name, known)}; known: {listed(known)}")
        for name in allow
        if name not in known
    ]
