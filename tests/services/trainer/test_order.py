from bakehouse.digest import digest_bytes
from services.trainer.order import (
    ORDER_WIRE,
    UNIT_WIRE,
    WORD_WIRE,
    RankWord,
    RunOrder,
    Saying,
    UnitPlan,
)

DIGEST = digest_bytes(b"x")
UNIT = UnitPlan(key=DIGEST, num_steps=3, num_epochs=1)


def test_what_is_sent_comes_back() -> None:
    order = RunOrder(project="p", job="j", plan=DIGEST, inputs={"snapshot": DIGEST})
    word = RankWord(saying=Saying.NEWS, type="progress", id="1", data={"loss": "0.1"}, blobs=(DIGEST,))
    assert UNIT_WIRE.decode(UNIT_WIRE.encode(UNIT)) == UNIT
    assert ORDER_WIRE.decode(ORDER_WIRE.encode(order)) == order
    assert WORD_WIRE.decode(WORD_WIRE.encode(word)) == word
