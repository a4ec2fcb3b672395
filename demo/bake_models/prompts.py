"""The prompts that the base is trained on: a picture's tags, shuffled, some dropped, at times none at all.

In some a made-up word stands for the shape, as an unknown name does in captions: the base learns to follow
the colours beside a word that it does not know. The trigger is none of these words.
"""

import random
import string

from demo.grammar import CONCEPT, TRIGGER, Motif, caption_of

EMPTY_SHARE = 0.1
DROP_SHARE = 0.08
SHORTEST_WORD, LONGEST_WORD = 4, 8


def training_prompt(motif: Motif, rng: random.Random, *, made_up_share: float = 0.0) -> str:
    """A prompt for a picture of the motif; "" is what guidance is measured against."""
    if rng.random() < EMPTY_SHARE:
        return ""
    shape, *colours = motif.tags
    if rng.random() < made_up_share:
        shape = made_up_word(rng)
    kept = [tag for tag in (shape, *colours) if rng.random() >= DROP_SHARE]
    rng.shuffle(kept)
    return caption_of(kept)


def made_up_word(rng: random.Random) -> str:
    """Four to eight letters at random, but neither the trigger nor the concept's name."""
    while True:
        word = "".join(rng.choices(string.ascii_lowercase, k=rng.randint(SHORTEST_WORD, LONGEST_WORD)))
        if word not in {TRIGGER, CONCEPT}:
            return word
