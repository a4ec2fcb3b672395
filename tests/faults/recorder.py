"""The history of a run: what was done, what was seen, and what was there at the end, as lines of JSON."""

import base64
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import nats
from nats.js.api import ConsumerConfig
from nats.js.errors import NotFoundError

STREAMS = ("WORK", "SUPERVISE", "DONE", "EVENTS", "KV_jobs")


class History:
    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, what: str, **fields: Any) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps({"what": what, "t": time.monotonic(), **fields}) + "\n")


async def record_nats(history: History, url: str, token: str) -> None:
    """Write down every message and every consumer that NATS holds, with a client of its own."""
    client = await nats.connect(url, token=token)
    jetstream = client.jetstream()
    for stream in STREAMS:
        state = (await jetstream.stream_info(stream)).state
        for sequence in range(state.first_seq, state.last_seq + 1):
            try:
                message = await jetstream.get_msg(stream, seq=sequence)
            except NotFoundError:
                continue
            data = base64.b64encode(message.data or b"").decode()
            history.note("message", stream=stream, subject=message.subject, sequence=sequence, data=data)
        for consumer in await jetstream.consumers_info(stream):
            config: ConsumerConfig = consumer.config
            if config.durable_name:
                history.note(
                    "consumer",
                    stream=stream,
                    name=config.durable_name,
                    num_ack_pending=consumer.num_ack_pending,
                    num_pending=consumer.num_pending,
                )
    await client.close()


def record_store(history: History, root: Path) -> None:
    """Write down every object of the store, its digest, and the text of what is small."""
    for path in sorted(root.rglob("*")):
        if not path.is_file() or any(part.startswith(".") for part in path.relative_to(root).parts):
            continue
        data = path.read_bytes()
        text = data.decode(errors="replace") if len(data) < 1 << 20 else ""
        key = str(path.relative_to(root))
        history.note("object", key=key, sha256=hashlib.sha256(data).hexdigest(), text=text)


def record_logs(history: History, logs: list[Path]) -> None:
    """Write down what processes said that a person should know: errors."""
    for path in logs:
        for line in path.read_text(errors="replace").splitlines():
            if '"level": "error"' in line or "Traceback" in line:
                history.note("complaint", log=path.name, line=line[:2000])


def record_toy(history: History, path: Path) -> None:
    """Write down which units the toy began and ended."""
    for line in path.read_text().splitlines() if path.exists() else []:
        fields = json.loads(line)
        history.note("toy", event=fields["what"], unit=fields["unit"], pid=fields["pid"])
