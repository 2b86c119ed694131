"""The command line's front door: it knows the verbs by name and imports one when it is used."""

import importlib
import os
import sys

import click

from augmentor import __version__
from augmentor.core.errors import AugmentorError, UsageError, listed, nearest

VERBS = {
    "audit": "Rank the tags of an error table by what is worth fixing.",
    "tag": "Measure sounds and pictures, and tag what stands out: noise, level, blur.",
    "plan": "Show what a recipe would make: budget, shares, warnings. Renders nothing.",
    "preview": "Make a few examples of each category, to look at and listen to.",
    "loop": "Rounds with your own model: audit, run, train, predict, compare, again.",
    "tune": "Find how harsh edits may be: clear to people, hard for the model.",
    "run": "Make every new example of a recipe; goes on where a killed run stopped.",
    "review": "Let people rate the examples of a run, or tag a model's errors, on a local page.",
    "replay": "Render one example of a run again and say whether the bytes agree.",
    "export": "Write a run in the form of NeMo, Kaldi, Lhotse, COCO, YOLO and others.",
    "compare": "Compare error tables before and after, one a training run, paired, per tag.",
    "overfit": "Train your model on 1, 10 and 100 examples: can the loss be driven down?",
    "operators": "List the operators, or show one with its parameters.",
    "recipe": "Check a recipe, print its schema, or write a first one.",
    "bank": "Pack recordings or defects into one file, or into train, dev and test files.",
}


class Verbs(click.Group):
    """A group that imports a verb's file only when that verb is used: help stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the verbs in the order of the loop."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        """Return a verb's command."""
        if name not in VERBS:
            ctx.fail(f"no verb '{name}'{nearest(name, list(VERBS))}; verbs: {listed(VERBS)}")
        command: click.Command = importlib.import_module(f"augmentor.cli.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of verbs without importing any."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="augmentor")
def cli() -> None:
    """Close a model's worst gaps by improving its data.

    audit -> plan -> augment -> gate -> dataset -> train (yours) -> compare
    """


def entry() -> None:
    """Run the command line; a user's mistake prints as a message, never as a traceback."""
    try:
        code = cli.main(prog_name="augmentor", standalone_mode=False)
    except UsageError as error:
        count = len(error.problems)
        head = f"{count} problems:" if count > 1 else "error:"
        _say(f"{head}\n{error}" if count > 1 else f"{head} {error}")
        sys.exit(error.exit_code)
    except AugmentorError as error:
        _say(f"error: {error}")
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _say("stopped; a run goes on where it stopped when it is started again")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has gone, as `| head` does: write the rest to nobody.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        _say(f"error: {error.strerror or error}: {error.filename or ''}".rstrip(": "))
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _say(text: str) -> None:
    click.echo(text, err=True)
