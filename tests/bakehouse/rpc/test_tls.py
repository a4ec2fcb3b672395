"""TLS and mutual TLS, with certificates made on the spot."""

import asyncio
import shutil
import subprocess
from pathlib import Path

import grpc
import pytest

from bakehouse.errors import InvalidInputError, StateError
from bakehouse.rpc.channel import open_channel
from bakehouse.rpc.server import RpcServer
from bakehouse.rpc.tls import ClientTls, server_credentials
from bakehouse.v1.project_pb2 import CreateProjectRequest, Project
from bakehouse.v1.project_pb2_grpc import ProjectServiceStub
from tests.bakehouse.rpc.kitchen import Kitchen

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates")

NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self.ca, self._key = str(folder / f"{name}.crt"), str(folder / f"{name}.key")
        openssl("req", "-x509", *NEW_KEY, "-keyout", self._key, "-out", self.ca, "-subj", f"/CN={name}")

    def issue(self, name: str) -> tuple[str, str]:
        """Certificate and key for this machine."""
        key, request, certificate = (str(self._folder / f"{name}.{end}") for end in ("key", "csr", "crt"))
        extensions = self._folder / "extensions"
        extensions.write_text("subjectAltName=IP:127.0.0.1")
        openssl("req", *NEW_KEY, "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        signed = ("-CA", self.ca, "-CAkey", self._key, "-CAcreateserial", "-extfile", str(extensions))
        openssl("x509", "-req", "-in", request, "-out", certificate, *signed)
        return certificate, key


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ours"), "ours")


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("theirs"), "theirs")


async def open_server(kitchen: Kitchen, authority: Authority, **settings: str) -> RpcServer:
    certificate, key = authority.issue("server")
    return await kitchen.open(tls_certificate=certificate, tls_key=key, **settings)


async def create(kitchen: Kitchen, server: RpcServer, tls: ClientTls | None) -> Project:
    """One call of the client library, which knows no event loop."""

    def call() -> Project:
        with open_channel(server.address, token=kitchen.token, tls=tls) as channel:
            return ProjectServiceStub(channel).CreateProject(CreateProjectRequest(project_id="p"))

    return await asyncio.to_thread(call)


async def refused(kitchen: Kitchen, server: RpcServer, tls: ClientTls | None) -> bool:
    with pytest.raises(grpc.RpcError) as caught:
        await create(kitchen, server, tls)
    return caught.value.code() == grpc.StatusCode.UNAVAILABLE


async def test_a_client_that_trusts_the_authority_gets_through(kitchen: Kitchen, ours: Authority) -> None:
    server = await open_server(kitchen, ours)
    assert (await create(kitchen, server, ClientTls(ca=ours.ca))).name == "projects/p"


async def test_a_client_that_trusts_another_does_not(
    kitchen: Kitchen, ours: Authority, theirs: Authority
) -> None:
    assert await refused(kitchen, await open_server(kitchen, ours), ClientTls(ca=theirs.ca))


async def test_a_client_without_tls_does_not(kitchen: Kitchen, ours: Authority) -> None:
    assert await refused(kitchen, await open_server(kitchen, ours), None)


async def test_a_client_with_a_certificate_gets_through(kitchen: Kitchen, ours: Authority) -> None:
    server = await open_server(kitchen, ours, tls_client_ca=ours.ca)
    certificate, key = ours.issue("client")
    tls = ClientTls(ca=ours.ca, certificate=certificate, key=key)
    assert (await create(kitchen, server, tls)).name == "projects/p"


async def test_a_client_without_a_certificate_is_refused(kitchen: Kitchen, ours: Authority) -> None:
    server = await open_server(kitchen, ours, tls_client_ca=ours.ca)
    assert await refused(kitchen, server, ClientTls(ca=ours.ca))


async def test_a_client_with_anothers_certificate_is_refused(
    kitchen: Kitchen, ours: Authority, theirs: Authority
) -> None:
    server = await open_server(kitchen, ours, tls_client_ca=ours.ca)
    certificate, key = theirs.issue("client")
    assert await refused(kitchen, server, ClientTls(ca=ours.ca, certificate=certificate, key=key))


async def test_a_key_of_another_certificate_is_refused_at_the_start(
    kitchen: Kitchen, ours: Authority
) -> None:
    (certificate, _), (_, key) = ours.issue("one"), ours.issue("two")
    with pytest.raises(StateError, match="TLS files"):
        await kitchen.open(tls_certificate=certificate, tls_key=key)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(InvalidInputError, match="/nowhere/key"):
        server_credentials(certificate="/nowhere/certificate", key="/nowhere/key", client_ca="")
