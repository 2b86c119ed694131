"""Digests: the identity of bytes and of JSON documents."""

import json
from typing import Any

from xxhash import xxh3_128


def digest_bytes(*parts: bytes | memoryview) -> str:
    """Return the XXH3 digest of some bytes: 128 bits, 32 hexadecimal characters.

    It tells accidents, not forgers, and no more is asked of an identity. Every source and every
    sound of a run has one; SHA-256 takes thirty times as long, even where the processor does it
    (``python -m benchmarks writing`` shows both).
    """
    state = xxh3_128()
    for part in parts:
        state.update(part)
    return state.hexdigest()


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def digest_json(data: Any) -> str:
    """Return the digest of a JSON document, the same for any order of keys."""
    return digest_bytes(_CANONICAL.encode(data).encode())
