"""Runs `augmentor` and kills it without warning as soon as it calls something.

    python loop_killed.py MODULE:FUNCTION COUNT ARGUMENTS...

dies when the module calls the function for the COUNT-th time.
"""

import os
import signal
import sys
from importlib import import_module
from typing import Any


def main() -> None:
    """Take the function's place, and run the command line."""
    where, count, *arguments = sys.argv[1:]
    module_name, _, name = where.partition(":")
    module = import_module(module_name)
    real, left = getattr(module, name), int(count)

    def dies(*given: Any, **named: Any) -> Any:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)

    setattr(module, name, dies)
    sys.argv[1:] = arguments
    from augmentor.cli.main import entry

    entry()


if __name__ == "__main__":  # workers import this file
    main()
