"""A review without the server: one HTML file there, answers as CSV back."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from augmentor.core.digest import digest_json
from augmentor.core.errors import AugmentorError, Problem, UsageError, nearest
from augmentor.report.html import data_uri
from augmentor.review.answers import Answers
from augmentor.review.items import Item, Reviewed
from augmentor.review.media import media_of
from augmentor.review.page import packed_page
from augmentor.review.rating import checked_answer, questions
from augmentor.review.task import checked_name

MOST_BYTES = 200 * 10**6
"""A larger page is more than browsers open and people send."""
_HEADER = ["rater", "item", "question", "answer"]


def pack_of(run: Reviewed, items: Sequence[Item]) -> bytes:
    """Return a page that holds all items; nothing in it says which were made.

    Raises
    ------
    UsageError : it would be larger than a browser opens.
    BadSourceError : an item cannot be read.
    """
    targets = sorted({*run.targets, *(one.target for one in items)})
    shown, size = [], 0
    for one in items:
        media = media_of(one.source)
        size += len(media.data) * 4 // 3
        if size > MOST_BYTES:
            raise UsageError(
                f"the pack would be larger than {MOST_BYTES / 1e6:g} MB; "
                "take fewer examples of each category with -n"
            )
        shown.append(
            {"id": one.handle, "media": data_uri(media.kind, media.data), "facts": [],
             "picture": run.pictures}
        )  # fmt: skip
    asked = questions(targets, pictures=run.pictures, transcripts=run.transcripts)
    title = f"Review: {run.name}"
    sheet = {
        "title": title, "rater": "", "ask_name": True, "questions": asked, "items": shown,
        "answers": {}, "pack": digest_json([run.name, [one.handle for one in items]]),
    }  # fmt: skip
    return packed_page(title, sheet)


def take_answers(file: Path, run: Reviewed, answers: Answers) -> Mapping[str, int]:
    """Keep the answers that a pack's page wrote, all or none; return how many by rater.

    Raises
    ------
    UsageError : every line that is no answer to this run's pack.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, ValueError, csv.Error) as error:
        raise UsageError(Problem(str(file), f"cannot be read as CSV: {error}")) from None
    if not rows or rows[0][1] != _HEADER:
        what = f"expected the columns {', '.join(_HEADER)}, as the page of a pack writes them"
        raise UsageError(Problem(str(file), what))
    known = {one.handle: one.target for one in answers.all()}
    targets = sorted({*run.targets, *known.values()})
    asked = {
        one["id"]: one
        for one in questions(targets, pictures=run.pictures, transcripts=run.transcripts)
    }
    given: dict[str, list[tuple[str, str, str]]] = {}
    problems = []
    for line, row in rows[1:]:
        try:
            if len(row) != len(_HEADER):
                raise UsageError(f"{len(row)} cells, expected {len(_HEADER)}")
            rater, item, question, answer = row
            if item not in known:
                raise UsageError(f"no item '{item}' was packed from this run")
            if question not in asked:
                raise UsageError(f"no question '{question}'{nearest(question, list(asked))}")
            entry = (item, question, checked_answer(asked[question], answer))
            given.setdefault(checked_name(rater, "the rater"), []).append(entry)
        except AugmentorError as error:
            problems.append(Problem(f"{file}:{line}", str(error)))
    if problems:
        raise UsageError(problems)
    for rater, entries in given.items():
        answers.save(rater, entries)
    return {rater: len(entries) for rater, entries in given.items()}
