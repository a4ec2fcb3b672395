"""The SeaweedFS of the tests gives nothing to who has no key, and is not to be reached from outside."""

import urllib.error
import urllib.request

import psutil
import pytest

from tests.weed import BUCKET, WeedProcess, running_weed


@pytest.fixture
def weed() -> WeedProcess:
    return running_weed()


def status(url: str, *, method: str = "GET") -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_it_listens_on_loopback_only(weed: WeedProcess) -> None:
    listening = [
        connection.laddr
        for connection in psutil.Process(weed.pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert {address.ip for address in listening} == {"127.0.0.1"}
    assert {address.port for address in listening} == set(weed.ports.values())


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_s3_refuses_who_has_no_key(weed: WeedProcess, method: str) -> None:
    assert status(f"{weed.endpoint}/{BUCKET}/ready/object", method=method) == 403


@pytest.mark.parametrize("port", ["filer", "master"])
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize("path", [f"buckets/{BUCKET}/ready/object", "dir/assign", "dir/lookup?volumeId=1"])
def test_filer_and_master_serve_no_http(weed: WeedProcess, port: str, method: str, path: str) -> None:
    assert status(f"http://127.0.0.1:{weed.ports[port]}/{path}", method=method) in {404, 405}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_volumes_refuse_who_has_no_token(weed: WeedProcess, method: str) -> None:
    assert status(f"http://127.0.0.1:{weed.ports['volume']}/1,01aabbccdd", method=method) == 401
