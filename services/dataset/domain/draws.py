"""Random numbers that depend on what they are for and on nothing else: seed, sample, draw and name."""

import hashlib
import struct
from dataclasses import dataclass

from bakehouse.manifest.identity import SampleId

DRAW_REVISION = 1

_TAG = b"bakehouse draw %d\0" % DRAW_REVISION
_NUMBERS = struct.Struct(">qI")
_RANGE = 1 << 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """The `number`th draw for a sample. Asking twice, in any order or process, gives the same."""

    seed: int
    sample_id: SampleId
    number: int = 0

    def fraction(self, name: str) -> float:
        """Uniform in [0, 1)."""
        return (self._bits(name) >> 11) * 2.0**-53

    def below(self, limit: int, name: str) -> int:
        """Uniform among 0 .. `limit` - 1; `limit` is at least 1."""
        return self._bits(name) * limit // _RANGE

    def _bits(self, name: str) -> int:
        text = _TAG + _NUMBERS.pack(self.seed, self.number) + self.sample_id + name.encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:8], "big")
