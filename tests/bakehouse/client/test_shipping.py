"""Files brought to a real gateway: all of them, and none twice."""

import json
import os
from pathlib import Path

import pytest

from bakehouse.client.client import Client
from bakehouse.client.shipping import Shipped, Shipping
from bakehouse.digest import digest_bytes
from bakehouse.errors import InvalidInputError, NotFoundError
from bakehouse.recipe.listing import FoundFile, files_below
from tests.bakehouse.client.gateway_process import GatewayProcess


def make_files(folder: Path, num: int) -> list[FoundFile]:
    folder.mkdir()
    for number in range(num):
        (folder / f"{number:03d}.png").write_bytes(os.urandom(64) + bytes(number))
    return list(files_below(folder))


def test_files_and_their_listing_become_blobs(client: Client, tmp_path: Path) -> None:
    files = make_files(tmp_path / "a", 20)
    told: list[Shipped] = []
    listing = Shipping(client.blobs, client.uploads, progress=told.append).ship(
        files, what="a", project="default"
    )
    lines = [json.loads(line) for line in client.blobs.read(listing).splitlines()]
    assert [line["name"] for line in lines] == [f"{number:03d}.png" for number in range(20)]
    for line in lines:
        assert client.blobs.read(line["digest"]) == (tmp_path / "a" / line["name"]).read_bytes()
    assert (told[0].phase, told[19].done_files, told[-1].phase) == ("reading", 20, "sending")
    assert (told[-1].done_files, told[-1].done_bytes) == (20, told[-1].num_bytes)


def test_what_is_there_is_not_sent_again(client: Client, tmp_path: Path) -> None:
    files = make_files(tmp_path / "a", 5)
    told: list[Shipped] = []
    shipping = Shipping(client.blobs, client.uploads, progress=told.append)
    first = shipping.ship(files, what="a", project="default")
    told.clear()
    assert shipping.ship(files, what="a", project="default") == first
    assert {shipped.phase for shipped in told} == {"reading"}
    (tmp_path / "a" / "new.png").write_bytes(os.urandom(9))
    told.clear()
    shipping.ship(list(files_below(tmp_path / "a")), what="a", project="default")
    assert [(s.done_files, s.num_files) for s in told if s.phase == "sending"] == [(1, 1)]


def test_equal_files_are_sent_once(client: Client, tmp_path: Path) -> None:
    data = os.urandom(99)
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(data)
    told: list[Shipped] = []
    Shipping(client.blobs, client.uploads, progress=told.append).ship(
        list(files_below(tmp_path)), what="a", project="default"
    )
    assert [(s.done_files, s.num_files) for s in told if s.phase == "sending"] == [(1, 1)]


def test_large_files_go_by_url_and_small_ones_by_the_stream(
    gateway: GatewayProcess, client: Client, tmp_path: Path
) -> None:
    (tmp_path / "small.png").write_bytes(os.urandom(99))
    (tmp_path / "large.png").write_bytes(os.urandom(2 << 20))
    before = gateway.proxy.count("PUT")
    Shipping(client.blobs, client.uploads).ship(list(files_below(tmp_path)), what="a", project="default")
    assert gateway.proxy.count("PUT") - before == 1


def test_a_gateway_that_is_killed_under_way_is_waited_for(
    gateway: GatewayProcess, client: Client, tmp_path: Path
) -> None:
    files = make_files(tmp_path / "a", 12)

    def kill_once(shipped: Shipped) -> None:
        if shipped.phase == "sending" and shipped.done_files == 3:
            gateway.kill()
            gateway.start()

    listing = Shipping(client.blobs, client.uploads, progress=kill_once).ship(
        files, what="a", project="default"
    )
    assert client.blobs.missing([digest_bytes(file.path.read_bytes()) for file in files] + [listing]) == set()


def test_the_next_process_goes_on_where_the_last_one_ended(
    gateway: GatewayProcess, client: Client, tmp_path: Path
) -> None:
    files = make_files(tmp_path / "a", 12)

    def give_up(shipped: Shipped) -> None:
        if shipped.phase == "sending" and shipped.done_files == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Shipping(client.blobs, client.uploads, progress=give_up).ship(files, what="a", project="default")
    told: list[Shipped] = []
    with gateway.client() as another:
        Shipping(another.blobs, another.uploads, progress=told.append).ship(
            files, what="a", project="default"
        )
    sent = [shipped.num_files for shipped in told if shipped.phase == "sending"]
    assert sent[0] <= 9


def test_a_file_that_changes_under_way_is_named(client: Client, tmp_path: Path) -> None:
    files = make_files(tmp_path / "a", 2)

    def change(shipped: Shipped) -> None:
        if shipped.phase == "reading" and shipped.done_files == 2:
            (tmp_path / "a" / "001.png").write_bytes(b"another")

    with pytest.raises(InvalidInputError, match=r"001\.png changed"):
        Shipping(client.blobs, client.uploads, progress=change).ship(files, what="a", project="default")


def test_the_room_that_all_projects_share_is_there(client: Client, tmp_path: Path) -> None:
    files = make_files(tmp_path / "a", 2)
    listing = Shipping(client.blobs, client.uploads).ship(files, what="base", project="shared")
    assert client.blobs.read(listing, project="shared").count(b"\n") == 2


def test_a_project_that_is_not_there(client: Client, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        Shipping(client.blobs, client.uploads).ship(
            make_files(tmp_path / "a", 1), what="a", project="nowhere"
        )
