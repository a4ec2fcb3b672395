"""Uploads to a real gateway, over connections that break: sent whole, and nothing twice."""

import os
from pathlib import Path

import pytest

from bakehouse.client.client import Client
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import CorruptionError, InvalidInputError, NotFoundError
from tests.bakehouse.client.gateway_process import GatewayProcess
from tests.faultproxy import Answer, Flip

PART_BYTES = 8 << 20


class GivenUpError(Exception):
    """Somebody pressed Ctrl-C."""


def some_bytes(size: int = 100_000) -> bytes:
    return os.urandom(16) + bytes(size - 16)


def puts_while_sending(gateway: GatewayProcess, client: Client, source: bytes | Path) -> tuple[Digest, int]:
    before = gateway.proxy.count("PUT")
    return client.uploads.send(source), gateway.proxy.count("PUT") - before


def test_bytes_become_a_blob(client: Client) -> None:
    data = some_bytes()
    digest = client.uploads.send(data)
    assert (digest, client.blobs.read(digest)) == (digest_bytes(data), data)


def test_no_bytes_are_bytes_too(client: Client) -> None:
    assert client.blobs.read(client.uploads.send(b"")) == b""


def test_what_is_there_is_not_sent(gateway: GatewayProcess, client: Client) -> None:
    data = some_bytes()
    client.uploads.send(data)
    assert puts_while_sending(gateway, client, data) == (digest_bytes(data), 0)


def test_a_file_of_several_parts_is_sent_with_its_progress(client: Client, tmp_path: Path) -> None:
    data, told = some_bytes(2 * PART_BYTES + 5), []
    (tmp_path / "file").write_bytes(data)
    digest = client.uploads.send(tmp_path / "file", progress=lambda done, size: told.append((done, size)))
    assert (digest, told[0], told[-1]) == (digest_bytes(data), (0, len(data)), (len(data), len(data)))


@pytest.mark.parametrize("fault", [Answer(status=503), Answer(status=500, when_done=True)])
def test_a_part_that_is_lost_is_sent_again(gateway: GatewayProcess, client: Client, fault: Answer) -> None:
    gateway.proxy.spoil(fault, method="PUT")
    data = some_bytes()
    assert puts_while_sending(gateway, client, data) == (digest_bytes(data), 2)


def test_where_urls_are_refused_the_stream_is_used(gateway: GatewayProcess, client: Client) -> None:
    gateway.proxy.spoil(Answer(status=403), method="PUT")
    data = some_bytes()
    assert puts_while_sending(gateway, client, data) == (digest_bytes(data), 1)


def test_damaged_bytes_are_sent_again(gateway: GatewayProcess, client: Client) -> None:
    gateway.proxy.spoil(Flip(at=7, in_request=True), method="PUT")
    data = some_bytes()
    assert puts_while_sending(gateway, client, data) == (digest_bytes(data), 2)


def test_bytes_that_are_always_damaged_are_given_up(gateway: GatewayProcess, client: Client) -> None:
    gateway.proxy.spoil(Flip(at=7, in_request=True), method="PUT", times=3)
    with pytest.raises(CorruptionError):
        client.uploads.send(some_bytes())


def test_the_next_process_goes_on_where_the_last_one_ended(gateway: GatewayProcess, client: Client) -> None:
    data = some_bytes(3 * PART_BYTES)

    def give_up(done: int, size: int) -> None:
        if done:
            raise GivenUpError

    with pytest.raises(GivenUpError):
        client.uploads.send(data, progress=give_up)
    with gateway.client() as another:
        told: list[int] = []
        another.uploads.send(data, progress=lambda done, size: told.append(done))
    assert told[0] >= PART_BYTES


def test_a_gateway_that_is_killed_under_way_is_waited_for(gateway: GatewayProcess, client: Client) -> None:
    data = some_bytes(3 * PART_BYTES)

    def kill_at_first(done: int, size: int) -> None:
        if not done:
            gateway.kill()
            gateway.start()

    assert client.uploads.send(data, progress=kill_at_first) == digest_bytes(data)


def test_a_file_that_changes_under_way_is_refused(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(some_bytes())

    def shorten(done: int, size: int) -> None:
        path.write_bytes(b"short")

    with pytest.raises(InvalidInputError, match="changed"):
        client.uploads.send(path, progress=shorten)


def test_a_file_that_is_not_there(client: Client, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="nothing-here"):
        client.uploads.send(tmp_path / "nothing-here")


def test_a_project_that_is_not_there(client: Client) -> None:
    with pytest.raises(NotFoundError):
        client.uploads.send(b"x", project="nowhere")
