from bakehouse.digest import digest_bytes
from services.encoder.domain.caption_text import BATCH_ITEMS, KeyedText, cut_text_units


def texts(count: int) -> list[KeyedText]:
    return [KeyedText(key=digest_bytes(str(n).encode()), text=str(n)) for n in range(count)]


def test_texts_keep_their_order_in_batches_and_units() -> None:
    units = [*cut_text_units(texts(100), unit_items=64)]
    assert [[len(batch) for batch in unit.batches] for unit in units] == [[32, 32], [32, 4]]
    assert [text for unit in units for batch in unit.batches for text in batch] == texts(100)


def test_no_text_is_no_unit() -> None:
    assert [*cut_text_units([], unit_items=BATCH_ITEMS)] == []
