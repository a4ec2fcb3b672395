"""TLS credentials from files, for servers and for channels. Makes no certificates and rotates none."""

from dataclasses import dataclass
from pathlib import Path

import grpc

from bakehouse.errors import InvalidInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientTls:
    """A client's side of TLS: files in PEM. An empty `ca` means the usual public authorities.

    `certificate` and `key` are for servers that verify their clients.
    """

    ca: str = ""
    certificate: str = ""
    key: str = ""


def server_credentials(*, certificate: str, key: str, client_ca: str) -> grpc.ServerCredentials:
    """A server's credentials; with a `client_ca` it refuses clients without a certificate of that CA.

    Raises:
        InvalidInputError: a file can't be read.
    """
    pair = (_read(key), _read(certificate))
    if not client_ca:
        return grpc.ssl_server_credentials([pair])
    return grpc.ssl_server_credentials([pair], root_certificates=_read(client_ca), require_client_auth=True)


def channel_credentials(tls: ClientTls) -> grpc.ChannelCredentials:
    """A channel's credentials.

    Raises:
        InvalidInputError: a file can't be read.
    """
    return grpc.ssl_channel_credentials(
        root_certificates=_read(tls.ca) if tls.ca else None,
        private_key=_read(tls.key) if tls.key else None,
        certificate_chain=_read(tls.certificate) if tls.certificate else None,
    )


def _read(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise InvalidInputError(
            f"TLS file {file}: {error.strerror}; name a PEM file that this process can read"
        ) from error
