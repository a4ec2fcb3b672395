import json

from bakehouse.digest import digest_bytes
from services.trainer.progress import (
    LossPoint,
    Progress,
    SavedAdapter,
    SavedSample,
    as_json,
    decode_progress,
    encode_progress,
    loss_lines,
)

DIGEST = digest_bytes(b"x")
PROGRESS = Progress(
    step=3,
    losses=[LossPoint(step=3, epoch=1, loss=0.1 + 0.2, lr=1e-4 / 3)],
    adapters=[SavedAdapter(epoch=1, step=2, digest=DIGEST)],
    samples=[SavedSample(epoch=0, step=0, prompt="a cat", seed=1, digest=DIGEST)],
    scaler={"scale": 65536.0},
    stopped_for="j",
)


def test_a_diary_comes_back_to_the_bit() -> None:
    assert decode_progress(encode_progress(PROGRESS)) == PROGRESS


def test_losses_are_lines_of_json() -> None:
    assert json.loads(loss_lines(PROGRESS)) == {"step": 3, "epoch": 1, "loss": 0.1 + 0.2, "lr": 1e-4 / 3}


def test_what_was_made_is_json_of_a_result() -> None:
    assert as_json(PROGRESS.adapters[0]) == {"epoch": 1, "step": 2, "digest": DIGEST}
