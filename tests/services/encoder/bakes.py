"""Jobs of the encoder without an engine: planned, computed and finalised in this process."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bakehouse.base_model import shared_blobs
from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import canonical_bytes
from bakehouse.digest import Digest
from services.encoder.adapters.pillow_crop import read_crop
from services.encoder.adapters.torch_encoder import TorchEncoder
from services.encoder.runner import EncoderRunner
from services.encoder.stage import EncoderStage
from tests.stage_bench import Job, StageBench


class Bench(StageBench):
    """A store and an encoder, in this process."""

    __slots__ = ()

    def register(self, folder: Path) -> Digest:
        """The base model that a local folder has."""
        spec = {"files": put_folder(shared_blobs(self.blobs), folder)}
        _, result = self.bake(Job(kind="encoder.register", spec=spec))
        return Digest(result["base_model"])


def new_bench(blobs: Blobs, scratch: Path) -> Bench:
    scratch.mkdir()
    runner = EncoderRunner(TorchEncoder(scratch), read_crop, ThreadPoolExecutor(2))
    return Bench(blobs=blobs, scratch=scratch, stage=EncoderStage(), runner=runner)


def put_folder(shared: Blobs, folder: Path) -> Digest:
    """Store a model's files; the digest of their listing."""
    lines = [
        canonical_bytes(
            {
                "digest": shared.put(path.read_bytes()),
                "name": path.relative_to(folder).as_posix(),
                "size_bytes": path.stat().st_size,
            }
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    return shared.put(b"".join(line + b"\n" for line in lines))
