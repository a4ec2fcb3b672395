"""The hashes by which other programs know a LoRA file and a checkpoint. Pure: bytes in, hex out."""

import hashlib
import struct

_LENGTH = struct.Struct("<Q")
_WINDOW = slice(0x100000, 0x110000)
_SHORT = 8


def model_hash(file: bytes) -> str:
    """`sshs_model_hash`: SHA-256 of all tensor bytes of a safetensors file; its metadata does not matter."""
    (header,) = _LENGTH.unpack_from(file)
    return hashlib.sha256(memoryview(file)[_LENGTH.size + header :]).hexdigest()


def window_hash(file: bytes) -> str:
    """`sshs_legacy_hash` of a safetensors file that has `ss_*` metadata only, and `ss_sd_model_hash`.

    It covers 64 KiB from the second MiB on: of smaller files, which most adapters are, it says nothing.
    """
    return hashlib.sha256(memoryview(file)[_WINDOW]).hexdigest()[:_SHORT]
