from pathlib import Path

import pytest
from transformers import CLIPTokenizer

from demo.bake_models.tokenizer import learn_merges, merged, train_words, write_tokenizer
from demo.grammar import CONCEPT, TRIGGER


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> CLIPTokenizer:
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(folder)
    return CLIPTokenizer.from_pretrained(folder)


def test_a_word_of_the_base_is_one_piece(tokenizer: CLIPTokenizer) -> None:
    assert all(len(tokenizer.tokenize(word)) == 1 for word in train_words())
    assert tokenizer.tokenize("star, red shape") == ["star</w>", ",</w>", "red</w>", "shape</w>"]


def test_the_trigger_is_ordinary_pieces(tokenizer: CLIPTokenizer) -> None:
    pieces = tokenizer.tokenize(TRIGGER)
    assert "".join(pieces) == f"{TRIGGER}</w>"
    assert tokenizer.unk_token_id not in tokenizer.convert_tokens_to_ids(pieces)
    assert not {TRIGGER, CONCEPT} & set(train_words())


def test_a_prompt_is_framed_and_padded_as_clip_does(tokenizer: CLIPTokenizer) -> None:
    ids = tokenizer("red star", padding="max_length", max_length=77, truncation=True).input_ids
    assert len(ids) == tokenizer.model_max_length == 77
    assert ids[0] == tokenizer.bos_token_id
    assert set(ids[3:]) == {tokenizer.eos_token_id}


def test_any_text_has_pieces(tokenizer: CLIPTokenizer) -> None:
    assert tokenizer.decode(tokenizer("Ein Häuschen, 3 €").input_ids, skip_special_tokens=True).strip() == (
        "ein häuschen , 3 €"
    )


def test_merges_are_by_frequency_then_alphabet() -> None:
    assert learn_merges(["ab", "cab", "cd"]) == [("a", "b</w>"), ("c", "ab</w>"), ("c", "d</w>")]
    assert merged(["a", "b", "a", "b"], ("a", "b")) == ["ab", "ab"]


def test_the_same_words_give_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_tokenizer(tmp_path / name)
    assert (tmp_path / "one" / "vocab.json").read_bytes() == (tmp_path / "two" / "vocab.json").read_bytes()
