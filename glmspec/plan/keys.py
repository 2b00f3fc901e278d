"""Content keys: a step is what it does, with what settings, to what. Labels, paths and dates are not part of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical(value: Any) -> str:
    """JSON of one form: sorted keys, no spaces, shortest decimals that read back as the same numbers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest_of(value: Any) -> str:
    """The sha256 of a value's canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def step_key(op: str, params: Mapping[str, Any], inputs: Mapping[str, str]) -> str:
    """The key of a step from its operation, its settings, and the keys or digests of its inputs."""
    return digest_of({"op": op, "params": dict(params), "inputs": dict(inputs)})
