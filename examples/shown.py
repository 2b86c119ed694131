"""What the demos show the reader: headings, commands, progress."""

import subprocess
import sys


def augmentor_says(*words: str, may_fail: bool = False) -> None:
    """Show a command and run it, as a user would."""
    print(f"$ augmentor {' '.join(words)}", flush=True)
    done = subprocess.run([sys.executable, "-m", "augmentor", *words], check=False)
    if done.returncode and not (may_fail and done.returncode == 1):
        sys.exit(done.returncode)


def say(text: str) -> None:
    """Print a heading."""
    print(f"\n=== {text}", flush=True)


def tell(what: str, done: int, total: int) -> None:
    """Print progress at the end of each stage."""
    if done == total:
        sys.stderr.write(f"{what}: {done}\n")
