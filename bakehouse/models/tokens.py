"""Texts as token ids: CLIP's tokenizer, and captions longer than it takes at once, cut into chunks."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers.models.clip.tokenization_clip import CLIPTokenizer

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError, NotFoundError

CHUNK_TOKENS = 75

_FILES = ("tokenizer.json",), ("vocab.json", "merges.txt")


def load_clip_tokenizer(folder: Path) -> CLIPTokenizer:
    """The tokenizer that a folder holds.

    Raises:
        NotFoundError: its files are not there.
        InvalidInputError: they can't be read.
    """
    if not any(all((folder / name).is_file() for name in names) for names in _FILES):
        raise NotFoundError(
            "the model lacks its tokenizer (tokenizer/tokenizer.json, or vocab.json and merges.txt); "
            "register the whole folder"
        )
    try:
        tokenizer: CLIPTokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise InvalidInputError("the model's tokenizer/ can't be read; download the model anew") from error
    return tokenizer


def tokenizer_identity(tokenizer: CLIPTokenizer) -> Json:
    """What of a tokenizer decides the ids of a text, whichever files it came in."""
    backend: Any = json.loads(tokenizer.backend_tokenizer.to_str())
    kept = ("normalizer", "pre_tokenizer")
    return {
        # Pairs: a vocabulary has words of any letters, and keys of canonical JSON are ASCII.
        "vocab": sorted([number, word] for word, number in backend["model"]["vocab"].items()),
        "merges": [pair if isinstance(pair, str) else " ".join(pair) for pair in backend["model"]["merges"]],
        "begin": tokenizer.bos_token_id,
        "end": tokenizer.eos_token_id,
        "padding": tokenizer.pad_token_id,
        "unknown": tokenizer.unk_token_id,
        **{name: backend[name] for name in kept},
    }


def tokenize(tokenizer: CLIPTokenizer, texts: Sequence[str], *, max_token_length: int) -> Tensor:
    """The ids of texts: (b, chunks, 77) int64, `max_token_length` / 75 chunks each.

    What is longer is cut off. A chunk has the marks of begin and end of a whole text, as kohya's trainer
    cuts captions.
    """
    num_chunks = max_token_length // CHUNK_TOKENS
    found = tokenizer(
        list(texts),
        padding="max_length",
        truncation=True,
        max_length=max_token_length + 2,
        return_tensors="pt",
    )
    ids: Tensor = found["input_ids"]
    if num_chunks == 1:
        return ids[:, None]
    begin, end = int(tokenizer.bos_token_id), int(tokenizer.eos_token_id)
    chunks = ids[:, 1:-1].reshape(len(ids), num_chunks, CHUNK_TOKENS)
    marks = chunks.new_ones(len(ids), num_chunks, 1)
    chunks = torch.cat([marks * begin, chunks, ids[:, None, -1:].expand(-1, num_chunks, 1)], dim=2)
    if tokenizer.pad_token_id != end:
        _close_chunks(chunks, padding=int(tokenizer.pad_token_id), end=end)
    return chunks


def _close_chunks(chunks: Tensor, *, padding: int, end: int) -> None:
    """Where padding is no end mark: a full chunk ends with one, an empty chunk begins with one."""
    last, first = chunks[:, :, -2], chunks[:, :, 1]
    chunks[:, :, -1][(last != end) & (last != padding)] = end
    chunks[:, :, 1][first == padding] = end
