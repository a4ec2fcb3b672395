"""The base's tokenizer: CLIP-style byte-level BPE with end-of-word marks, learnt from the demo's words."""

import json
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from transformers import CLIPTokenizer

from demo.grammar import SHAPES, all_motifs

START, END = "<|startoftext|>", "<|endoftext|>"
WORD_END = "</w>"
NUM_POSITIONS = 77


def train_words() -> list[str]:
    """The words of the base's prompts. The trigger and the concept's name are not among them."""
    words = {word for motif in all_motifs(SHAPES) for tag in motif.tags for word in tag.split("_")}
    return sorted(words)


def byte_letters() -> list[str]:
    """The 256 printable stand-ins for bytes, in CLIP's order."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in set(printable)]
    return [chr(byte) for byte in printable] + [chr(256 + place) for place in range(len(rest))]


def learn_merges(words: Sequence[str]) -> list[tuple[str, str]]:
    """Merges the most frequent pair until every word is one piece; ties go to the first in the alphabet."""
    pieces = [[*word[:-1], word[-1] + WORD_END] for word in words]
    merges: list[tuple[str, str]] = []
    while pairs := Counter(pair for parts in pieces for pair in pairwise(parts)):
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        pieces = [merged(parts, best) for parts in pieces]
    return merges


def merged(parts: Sequence[str], pair: tuple[str, str]) -> list[str]:
    """The parts with every neighbouring occurrence of the pair made one piece, from the left."""
    result: list[str] = []
    for part in parts:
        if result and (result[-1], part) == pair:
            result[-1] += part
        else:
            result.append(part)
    return result


def write_tokenizer(folder: Path) -> CLIPTokenizer:
    """Writes vocab.json and merges.txt and the configuration; returns the tokenizer that reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    letters, merges = byte_letters(), learn_merges([*train_words(), ","])
    pieces = [
        *letters,
        *(letter + WORD_END for letter in letters),
        *("".join(pair) for pair in merges),
        START,
        END,
    ]
    vocabulary = {piece: place for place, piece in enumerate(dict.fromkeys(pieces))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n")
    tokenizer = CLIPTokenizer.from_pretrained(folder, model_max_length=NUM_POSITIONS)
    tokenizer.save_pretrained(folder)
    return tokenizer
