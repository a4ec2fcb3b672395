"""The hashes by which other programs know a LoRA file and a checkpoint. Pure: bytes in, hex out."""

import hashlib
import struct

_LENGTH = struct.Struct("<Q")
WINDOW_START, WINDOW_BYTES = 0x100000, 0x10000
_SHORT = 8


def model_hash(file: bytes) -> str:
    """`sshs_model_hash`: SHA-256 of all tensor bytes of a safetensors file; its metadata does not matter."""
    (header,) = _LENGTH.unpack_from(file)
    return hashlib.sha256(memoryview(file)[_LENGTH.size + header :]).hexdigest()


def window_hash(window: bytes | memoryview) -> str:
    """`sshs_legacy_hash` of a safetensors file that has `ss_*` metadata only, and `ss_sd_model_hash`.

    Args:
        window: 64 KiB from the second MiB of the file on, or what there is of them: of smaller files, which
            most adapters are, it says nothing.
    """
    return hashlib.sha256(window).hexdigest()[:_SHORT]


def window_of(file: bytes) -> memoryview:
    """The part of a file that `window_hash` is of."""
    return memoryview(file)[WINDOW_START : WINDOW_START + WINDOW_BYTES]
