"""Digests of files and folders: is it still what it was?"""

from hashlib import file_digest
from pathlib import Path

from xxhash import xxh3_128

from augmentor.core.digest import digest_json


def digest_path(path: Path) -> str:
    """Return the digest of a file's bytes, or of all files in a folder with their names.

    What Python keeps for itself (``__pycache__``) does not count.

    Raises
    ------
    OSError : it is not there, or cannot be read.
    """
    if not path.is_dir():
        return _digest_file(path)
    files = sorted(
        one for one in path.rglob("*") if one.is_file() and "__pycache__" not in one.parts
    )
    return digest_json([[one.relative_to(path).as_posix(), _digest_file(one)] for one in files])


def _digest_file(path: Path) -> str:
    """Return the same as `digest_bytes`, of files of any size."""
    with path.open("rb") as file:
        return file_digest(file, xxh3_128).hexdigest()
