"""A unit's batches, and that it comes back from the plan as it was."""

from bakehouse.digest import digest_bytes
from services.captioner.keys import KeyedPicture
from services.captioner.unit import BATCH_ITEMS, UNIT_WIRE, TagUnit

PICTURES = tuple(
    KeyedPicture(key=digest_bytes(b"key %d" % n), picture=digest_bytes(b"picture %d" % n)) for n in range(35)
)
UNIT = TagUnit(model=digest_bytes(b"model"), num_tags=7, pictures=PICTURES)


def test_batches_hold_every_picture_in_order() -> None:
    assert [len(batch) for batch in UNIT.batches] == [BATCH_ITEMS, BATCH_ITEMS, 3]
    assert [picture for batch in UNIT.batches for picture in batch] == [keyed.picture for keyed in PICTURES]
    assert UNIT.keys[PICTURES[20].picture] == PICTURES[20].key


def test_it_comes_back_from_the_plan() -> None:
    assert UNIT_WIRE.decode(UNIT_WIRE.encode(UNIT)) == UNIT
