from pathlib import Path

import pytest

from bakehouse.errors import InvalidInputError, NotFoundError
from bakehouse.models.tokens import load_clip_tokenizer, tokenize, tokenizer_identity
from tests.bakehouse.models.tiny_models import TinyModel, copy_without, tiny_tokenizer

LONG = " ".join(["red"] * 100)


def test_a_short_text_is_one_chunk_padded_with_end_marks(model: TinyModel) -> None:
    tokenizer = model.tokenizer
    ids = tokenize(tokenizer, ["a red circle", ""], max_token_length=75)
    begin, end = tokenizer.bos_token_id, tokenizer.eos_token_id
    assert ids.shape == (2, 1, 77)
    assert ids[0, 0, 0] == begin
    assert ids[0, 0, 4:].tolist() == [end] * 73
    assert ids[1, 0].tolist() == [begin] + [end] * 76


def test_a_text_is_cut_off_at_its_length(model: TinyModel) -> None:
    ids = tokenize(model.tokenizer, [LONG], max_token_length=75)
    assert len(set(ids[0, 0, 1:76].tolist())) == 1
    assert ids[0, 0, 76] == model.tokenizer.eos_token_id


def test_each_chunk_has_marks_of_its_own(model: TinyModel) -> None:
    tokenizer = model.tokenizer
    red = tokenizer("red")["input_ids"][1]
    begin, end = tokenizer.bos_token_id, tokenizer.eos_token_id
    ids = tokenize(tokenizer, [LONG], max_token_length=150)
    assert ids.shape == (1, 2, 77)
    assert ids[0, 0].tolist() == [begin, *[red] * 75, end]
    assert ids[0, 1].tolist() == [begin, *[red] * 25, *[end] * 51]


def test_chunks_are_closed_where_padding_is_no_end_mark() -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.pad_token = "!"
    end, padding = tokenizer.eos_token_id, tokenizer.pad_token_id
    ids = tokenize(tokenizer, [LONG, "red"], max_token_length=225)
    assert ids[0, 0, -1] == end  # a full chunk ends
    assert ids[0, 1, -1] == padding
    assert ids[0, 2, 1] == end  # an empty one ends at once
    assert ids[1, 1, 1] == end


def test_the_identity_is_that_of_vocabulary_and_marks(model: TinyModel, folder: Path) -> None:
    assert tokenizer_identity(load_clip_tokenizer(folder / "tokenizer")) == tokenizer_identity(
        model.tokenizer
    )


def test_files_of_older_versions_are_the_same_tokenizer(model: TinyModel, tmp_path: Path) -> None:
    model.tokenizer.backend_tokenizer.model.save(str(tmp_path))  # vocab.json and merges.txt
    assert tokenizer_identity(load_clip_tokenizer(tmp_path)) == tokenizer_identity(model.tokenizer)


def test_another_padding_is_another_tokenizer() -> None:
    other = tiny_tokenizer()
    other.pad_token = "!"
    assert tokenizer_identity(other) != tokenizer_identity(tiny_tokenizer())


def test_a_missing_tokenizer_is_named(folder: Path, tmp_path: Path) -> None:
    copy = copy_without(folder, tmp_path / "m", "tokenizer/tokenizer.json")
    with pytest.raises(NotFoundError, match="the model lacks its tokenizer"):
        load_clip_tokenizer(copy / "tokenizer")


def test_a_damaged_tokenizer_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = copy_without(folder, tmp_path / "m", "tokenizer/tokenizer.json")
    (copy / "tokenizer" / "tokenizer.json").write_text("{}")
    with pytest.raises(InvalidInputError, match="tokenizer/ can't be read"):
        load_clip_tokenizer(copy / "tokenizer")
