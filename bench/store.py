"""The drivers of the store against what they stand on: a bare loop over files, and bare minio-py.

Both sides do the same in turn, in one run, so that a busy machine slows both. The ratio is the median of the
turns' ratios.
"""

import io
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import urllib3
from minio import Minio

from bakehouse.blobs.directory import DirectoryStore
from tests.weed import ACCESS_KEY, BUCKET, SECRET_KEY, WeedProcess

_KIB = 1 << 10
_TURNS = 11
_FILES = 40
_OBJECTS = {16 * _KIB: 480, 1024 * _KIB: 96}
_THREADS = 16
_FOLDERS = 16

Work = Callable[[list[str]], None]


def main() -> None:
    print("| operation | size | bare, 1/s | driver, 1/s | driver / bare |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for size in (16 * _KIB, 128 * _KIB, 1024 * _KIB):
            _directory(Path(folder), size)
    with tempfile.TemporaryDirectory() as folder:
        weed = WeedProcess(Path(folder) / "weed")
        weed.start()
        try:
            for size in _OBJECTS:
                _s3(weed, size)
        finally:
            weed.kill()


def _directory(root: Path, size: int) -> None:
    store = DirectoryStore(root / "store")
    store.create()
    data = os.urandom(size)
    for i in range(_FOLDERS):
        (root / f"bare/{i:02x}").mkdir(parents=True, exist_ok=True)

    def bare(names: list[str]) -> None:
        for name in names:
            _put_file(root / "bare", name, data)

    def driver(names: list[str]) -> None:
        for name in names:
            store.put(name, [data], size_bytes=size)

    names = [f"{i % _FOLDERS:02x}/{size}-{i}" for i in range(_FILES)]
    _row("directory, put", size, names, bare, driver)


def _put_file(root: Path, name: str, data: bytes) -> None:
    file, aside = tempfile.mkstemp(dir=root)
    os.write(file, data)
    os.fsync(file)
    os.close(file)
    target = root / name
    Path(aside).rename(target)
    folder = os.open(target.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _s3(weed: WeedProcess, size: int) -> None:
    store = weed.store("driver")
    pool = urllib3.PoolManager(maxsize=_THREADS, timeout=urllib3.Timeout(connect=5, read=60), retries=False)
    minio = Minio(
        weed.endpoint.removeprefix("http://"),
        ACCESS_KEY,
        SECRET_KEY,
        secure=False,
        region="us-east-1",
        http_client=pool,
    )
    data = os.urandom(size)
    names = [f"{size}/{i}" for i in range(_OBJECTS[size])]
    with ThreadPoolExecutor(_THREADS) as threads:

        def each(operation: Callable[[str], object]) -> Work:
            def work(names: list[str]) -> None:
                for _ in threads.map(operation, names):
                    pass

            return work

        _row(
            "S3, put, 16 threads",
            size,
            names,
            each(lambda name: minio.put_object(BUCKET, f"bare/{name}", io.BytesIO(data), size)),
            each(lambda name: store.put(name, [data], size_bytes=size)),
        )
        _row(
            "S3, get, 16 threads",
            size,
            names,
            each(lambda name: _get(minio, name)),
            each(lambda name: b"".join(store.read(name))),
        )
    store.delete(names)


def _get(minio: Minio, name: str) -> bytes:
    response = minio.get_object(BUCKET, f"bare/{name}")
    try:
        return response.read()
    finally:
        response.close()
        response.release_conn()


def _row(operation: str, size: int, names: list[str], bare: Work, driver: Work) -> None:
    bare_s: list[float] = []
    driver_s: list[float] = []
    for turn in range(_TURNS):
        for work, seconds in [(bare, bare_s), (driver, driver_s)][:: 1 if turn % 2 else -1]:
            begun = time.perf_counter()
            work(names)
            seconds.append(time.perf_counter() - begun)
    ratio = median(b / d for b, d in zip(bare_s, driver_s, strict=True))
    rates = [len(names) / median(seconds) for seconds in (bare_s, driver_s)]
    print(f"| {operation} | {size // _KIB} KiB | {rates[0]:.0f} | {rates[1]:.0f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
