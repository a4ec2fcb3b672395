"""From `jobs.create` in a client to the first unit at work in a worker's child, in a warm local studio.

Every step on the way is durable: the spec, the record and the plan in the store, the messages on disk.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from bakehouse import Client

NUM_JOBS = 60
TOY = Path(__file__).resolve().parent.parent / "tests" / "toy" / "service.toml"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home, history = Path(folder) / "home", Path(folder) / "history"
        env = os.environ | {"BAKEHOUSE_HOME": str(home), "BAKEHOUSE_TOY_HISTORY": str(history)}
        command = [sys.executable, "-m", "bakehouse.cli.main"]
        subprocess.run(
            [*command, "up", "--detach", "--services", str(TOY)],
            env=env,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        try:
            os.environ["BAKEHOUSE_HOME"] = str(home)
            with Client() as client:
                delays_ms = [1000 * measure(client, history, number) for number in range(NUM_JOBS)]
        finally:
            subprocess.run([*command, "down"], env=env, check=True, stdout=subprocess.DEVNULL)
    delays_ms = delays_ms[5:]  # the first ones start what is started once
    p95 = quantiles(delays_ms, n=20)[18]
    print("| jobs | p50 | p95 |\n|---|---|---|")
    print(f"| {len(delays_ms)} | {median(delays_ms):.0f} ms | {p95:.0f} ms |")


def measure(client: Client, history: Path, number: int) -> float:
    """Seconds from the call to the line that the toy writes when it begins the unit."""
    before = history.stat().st_size if history.exists() else 0
    started = time.perf_counter()
    job = client.jobs.create("toy.bake", {"num_items": 1, "seed": number})
    while not history.exists() or history.stat().st_size == before:
        time.sleep(0.0005)
    took = time.perf_counter() - started
    client.jobs.wait(job.name)
    return took
