"""What people get wrong, through the commands and on the wire: one line with the remedy.

What a recipe's own reader refuses is tested beside it; here is what only a studio can know.
"""

import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from grpc import StatusCode

from bakehouse.canonical_json import Json
from bakehouse.client.client import Client
from bakehouse.client.shipping import Shipping
from bakehouse.digest import Digest
from bakehouse.recipe.listing import files_below
from bakehouse.recipe.models import base_model_files
from bakehouse.rpc.channel import open_channel
from bakehouse.rpc.names import SHARED
from bakehouse.topology import installed_services
from bakehouse.v1.pipeline_pb2 import GetPipelineRequest, PipelineError
from bakehouse.v1.pipeline_pb2_grpc import PipelineServiceStub
from demo.places import BASE
from tests.e2e.kitchen import SETTINGS, draw_pictures
from tests.e2e.local_studio import ROOT, LocalStudio
from tests.ports import free_port

SERVICES = [path for path in installed_services() if path.parent.name != "captioner"]  # nobody tags here
NUM_PICTURES = 6
ROOM_BYTES = 40_000  # what a full disk has left: enough for records, too little for a shard or a picture


@dataclass(frozen=True, kw_only=True)
class Front:
    """A studio, as people see it from the folder in which their pictures and recipes are."""

    studio: LocalStudio
    client: Client
    folder: Path

    def recipe(self, *, dataset: dict[str, Json] | None = None, **changes: Json) -> str:
        """The name of a recipe's file."""
        entry = {
            "id": "pics",
            "instance_data_dir": "pictures",
            "resolution": 64,
            "caption_strategy": "filename",
            **(dataset or {}),
        }
        training = {"network_dim": 2, "max_train_steps": 2, "train_batch_size": 1}
        recipe = {"base_model": str(BASE), "datasets": [entry], "training": training, **changes}
        (self.folder / "recipe.yaml").write_text(yaml.safe_dump(recipe))
        return "recipe.yaml"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.studio.run(*arguments)

    def listing(self, folder: Path, project: str = "default") -> Digest:
        """The files of a folder, sent."""
        shipping = Shipping(self.client.blobs, self.client.uploads)
        return shipping.ship(list(files_below(folder)), what="files", project=project)

    def error_of(self, name: str) -> PipelineError:
        """Why a pipeline failed, as it is on the wire."""
        self.client.pipelines.wait(name)
        token = (self.studio.home / "token").read_text().strip()
        with open_channel(self.client.address, token=token) as channel:
            return PipelineServiceStub(channel).GetPipeline(GetPipelineRequest(name=name)).error


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("front")
    draw_pictures(folder / "pictures", num=NUM_PICTURES)
    studio = LocalStudio(folder / "home", services=SERVICES, **SETTINGS)
    studio.up()
    with studio.client() as client:
        yield Front(studio=studio, client=client, folder=folder)
    studio.stop()


SMALL = "none of its pictures can be used: 6 too small (00.png: "
REFUSED: list[tuple[dict[str, Any], str, str, str]] = [
    ({"dataset": {"minimum_image_size": 900}}, "snapshot", SMALL, "lower minimum_image_size"),
    (
        {"dataset": {"aspect_bucket_alignment": 8}},
        "snapshot",
        "no multiple of the base model's 16",
        "leave it out",
    ),
    (
        {"training": {"max_train_steps": 2, "optimizer_type": "Lion"}},
        "train",
        "optimizer_type: 'Lion'",
        "'AdamW'",
    ),
    (
        {"base_model": "cut.safetensors"},
        "register",
        "cut.safetensors is no safetensors file",
        "download it anew",
    ),
]


@pytest.mark.parametrize(("changes", "stage", "what", "remedy"), REFUSED)
def test_what_a_stage_refuses_is_one_line_with_the_remedy(
    front: Front, changes: dict[str, Any], stage: str, what: str, remedy: str
) -> None:
    (front.folder / "cut.safetensors").write_bytes(b"\x10" + b"\0" * 7 + b'{"a":')
    done = front.run("bake", front.recipe(**changes))
    assert (done.returncode, done.stdout.count("\n")) == (3, 1), done.stderr
    assert f"FAILED in {stage}: " in done.stdout
    assert [what in done.stdout, remedy in done.stdout, "Traceback" in done.stderr] == [True, True, False]


def put_pickle(front: Front, folder: Path) -> dict[str, Any]:
    (folder / "model.ckpt").write_bytes(b"\x80\x04.")
    return {"base_model": front.listing(folder, SHARED)}


def put_nothing(front: Front, folder: Path) -> dict[str, Any]:
    return {"listing": front.listing(folder)}


def put_uncaptioned(front: Front, folder: Path) -> dict[str, Any]:
    draw_pictures(folder / "x", num=2, num_captioned=0)
    return {"listing": front.listing(folder), "caption_strategy": "textfile"}


def put_text(front: Front, folder: Path) -> dict[str, Any]:
    return {"resolution": "large", "listing": front.listing(front.folder / "pictures")}


Put = Callable[[Front, Path], dict[str, Any]]
BAD_WIRE: list[tuple[Put, str, str]] = [
    (put_pickle, "register", "model.ckpt is a pickle checkpoint, which is refused; convert it"),
    (put_nothing, "snapshot", "dataset pics: no pictures in its folder; name one with"),
    (put_uncaptioned, "texts", "no picture has a caption; write a .txt beside each, name a tagger"),
    (put_text, "snapshot", "dataset pics: resolution: 'large' is no number"),
]


@pytest.mark.parametrize(("put", "stage", "message"), BAD_WIRE)
def test_who_sends_no_recipe_file_gets_the_same_answers(
    front: Front, tmp_path: Path, put: Put, stage: str, message: str
) -> None:
    fields = put(front, tmp_path)
    base = fields.pop("base_model", None)
    if base is None:
        shipping = Shipping(front.client.blobs, front.client.uploads)
        base = shipping.ship(base_model_files(BASE), what="base model", project=SHARED)
    if "listing" not in fields:
        fields["listing"] = front.listing(front.folder / "pictures")
    entry = {"id": "pics", "resolution": 64, **fields}
    recipe = {"base_model": base, "datasets": [entry], "training": {"max_train_steps": 2}}
    error = front.error_of(front.client.pipelines.create(recipe).name)
    code = StatusCode.INVALID_ARGUMENT.value[0]
    assert (error.stage, error.code, error.reason) == (stage, code, "INVALID_INPUT")
    assert error.message.startswith(message)


def test_broken_pictures_are_set_aside_and_named(front: Front) -> None:
    odd = front.folder / "odd"
    draw_pictures(odd, num=3)
    whole = (odd / "00.png").read_bytes()
    (odd / "cut.png").write_bytes(whole[: len(whole) // 2])
    (odd / "text.png").write_text("not a picture at all")
    done = front.run("plan", front.recipe(dataset={"id": "odd", "instance_data_dir": "odd"}))
    assert done.returncode == 0, done.stderr
    assert "2 of 5 pictures not used (1 broken, 1 not an image):" in done.stderr
    assert "  odd/cut.png: the file is cut off; get it anew" in done.stderr
    assert "  odd/text.png: no picture in a known format" in done.stderr
    newest = next(front.client.snapshots.list())
    assert (newest.counts["kept"], newest.counts["failed.broken"]) == (3, 1)
    assert [found.name for found in newest.set_aside] == ["cut.png", "text.png"]
    listed = front.run("ls", "snapshots").stdout.splitlines()[1]
    assert "1 broken, 1 not_an_image" in listed


def test_s3_that_is_away_is_said_before_anything_starts(tmp_path: Path) -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    place = {"BAKEHOUSE_STORE_URL": "s3://bucket", "BAKEHOUSE_S3_ENDPOINT": endpoint}
    done = LocalStudio(tmp_path / "home").run("up", **place)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"bakehouse: S3 at {endpoint} does not answer (Connection refused); start it, or set "
        "BAKEHOUSE_S3_ENDPOINT\n"
    )


@pytest.mark.parametrize("role", [["serve"], ["work", "--pool", "cpu"]])
def test_a_service_without_nats_says_so(tmp_path: Path, role: list[str]) -> None:
    url = f"nats://127.0.0.1:{free_port()}"
    (tmp_path / "store").mkdir()
    settings = {"NATS_URL": url, "NATS_PATIENCE_S": "0.5", "STORE_URL": f"dir://{tmp_path}/store"}
    done = subprocess.run(
        [sys.executable, "-m", "services.dataset", *role],
        env=LocalStudio(tmp_path).environment() | {f"BAKEHOUSE_{k}": v for k, v in settings.items()},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    line = done.stderr.splitlines()[-1]
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert line.startswith(f"dataset: NATS at {url} does not answer")
    assert line.endswith("start nats-server, or set BAKEHOUSE_NATS_URL and BAKEHOUSE_NATS_TOKEN")


def test_a_service_that_does_not_start_is_named(tmp_path: Path) -> None:
    declaration = tmp_path / "service.toml"
    declaration.write_text('name = "lost"\nmodule = "nowhere"\n[kinds.x]\npool = "cpu"\n[pools.cpu]\n')
    studio = LocalStudio(tmp_path / "home")
    started = studio.run("up", "--detach", "--services", str(declaration), "--listen", "127.0.0.1:0")
    studio.run("down")
    assert started.returncode == 0
    said = "But these do not start: lost-serve, lost-cpu-1; `bakehouse status` says why"
    assert started.stderr.splitlines()[-1] == said


@contextmanager
def full_disk(pid: int) -> Iterator[None]:
    """No file of these processes may grow beyond a little: what they get is what a full disk gives."""
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    limits = [resource.prlimit(process.pid, resource.RLIMIT_FSIZE) for process in processes]
    for process, (_, most) in zip(processes, limits, strict=True):
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (ROOM_BYTES, most))
    yield
    for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, limits[0])


def test_a_disk_that_is_full_while_uploading_is_one_line(front: Front) -> None:
    (front.folder / "large").mkdir()
    (front.folder / "large" / "00.png").write_bytes(bytes(200_000))
    recipe = front.recipe(dataset={"id": "large", "instance_data_dir": "large"})
    with full_disk(front.studio.pid("gateway")):
        done = front.run("bake", recipe)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "the store's directory (BAKEHOUSE_STORE_URL) has no room" in done.stderr
    assert "free some, or raise the limit" in done.stderr


def test_a_disk_that_is_full_while_a_stage_writes_is_waited_for_and_said(front: Front) -> None:
    recipe = front.recipe(dataset={"resolution": 256}, output_name="patient")
    with full_disk(front.studio.pid("encoder-torch-1")):
        baking = start(front, "bake", recipe)
        line = until(baking, " waits: ")
    assert line.startswith("latents running 0/6, ")
    assert "has no room" in line
    assert line.rstrip().endswith("free some, or raise the limit")
    until(baking, "latents succeeded 6/6, ")
    baking.send_signal(signal.SIGINT)
    _, rest = baking.communicate(timeout=30)
    name = next(front.client.pipelines.list()).id
    assert (baking.returncode, name.startswith("patient-")) == (130, True)
    assert f"Detached, {name} goes on; come back with: bakehouse watch {name}" in rest
    assert front.run("cancel", name).stdout == f"{name} CANCELLED\n"


def start(front: Front, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        front.studio.command(*arguments),
        env=front.studio.environment(),
        cwd=front.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(process: subprocess.Popen[str], words: str) -> str:
    """The line of stderr that has `words`."""
    assert process.stderr is not None
    seen = []
    for line in process.stderr:
        if words in line:
            return line
        seen.append(line)
    raise AssertionError("".join(seen))
