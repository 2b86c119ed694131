"""``python -m augmentor`` is the command line."""

from augmentor.cli.main import entry

if __name__ == "__main__":
    entry()
