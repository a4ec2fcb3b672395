"""A certificate for `localhost`, signed by itself, made when a test needs it. Source: RFC 5280, 4.1."""

import base64
from pathlib import Path

from Crypto.Hash import SHA256
from Crypto.PublicKey import RSA
from Crypto.Signature import pkcs1_15
from Crypto.Util.asn1 import DerBitString, DerInteger, DerNull, DerObjectId, DerOctetString

_SHA256_RSA = "1.2.840.113549.1.1.11"


def self_signed(folder: Path, host: str = "localhost") -> Path:
    """A PEM file with a key and its certificate, valid for a hundred years."""
    key = RSA.generate(2048)
    algorithm = _sequence(DerObjectId(_SHA256_RSA).encode(), DerNull().encode())
    name = _sequence(_tagged(0x31, _sequence(DerObjectId("2.5.4.3").encode(), _tagged(0x0C, host.encode()))))
    validity = _sequence(_tagged(0x18, b"20200101000000Z"), _tagged(0x18, b"21200101000000Z"))
    body = _sequence(
        _tagged(0xA0, DerInteger(2).encode()),
        DerInteger(1).encode(),
        algorithm,
        name,
        validity,
        name,
        key.public_key().export_key("DER"),
        _tagged(0xA3, _sequence(_alternative(host), _authority())),
    )
    signature = pkcs1_15.new(key).sign(SHA256.new(body))
    whole = _sequence(body, algorithm, DerBitString(signature).encode())
    path = folder / "localhost.pem"
    path.write_bytes(key.export_key("PEM") + b"\n" + _pem(whole))
    return path


def _alternative(host: str) -> bytes:
    names = _sequence(_tagged(0x82, host.encode()))
    return _sequence(DerObjectId("2.5.29.17").encode(), DerOctetString(names).encode())


def _authority() -> bytes:
    is_authority = _sequence(b"\x01\x01\xff")
    return _sequence(
        DerObjectId("2.5.29.19").encode(), b"\x01\x01\xff", DerOctetString(is_authority).encode()
    )


def _sequence(*parts: bytes) -> bytes:
    return _tagged(0x30, b"".join(parts))


def _tagged(tag: int, payload: bytes) -> bytes:
    if len(payload) < 0x80:
        return bytes([tag, len(payload)]) + payload
    size = len(payload).to_bytes((len(payload).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + payload


def _pem(data: bytes) -> bytes:
    text = base64.encodebytes(data)
    return b"-----BEGIN CERTIFICATE-----\n" + text + b"-----END CERTIFICATE-----\n"
