"""Digests: the identity of bytes and of JSON documents."""

import json
from hashlib import blake2b
from typing import Any


def digest_bytes(*parts: bytes | memoryview) -> str:
    """Return the BLAKE2b digest of some bytes, 32 hexadecimal characters."""
    state = blake2b(digest_size=16)
    for part in parts:
        state.update(part)
    return state.hexdigest()


def digest_json(data: Any) -> str:
    """Return the digest of a JSON document, the same for any order of keys."""
    return digest_bytes(json.dumps(data, sort_keys=True, separators=(",", ":")).encode())
