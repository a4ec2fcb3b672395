import random

import torch

from demo.bake_models.training_pictures import (
    BASE_SHAPES,
    BUCKETS,
    TAGGER_SHAPES,
    base_picture,
    cluttered_picture,
    draw_bucket,
    tagger_picture,
    vae_batch,
)
from demo.grammar import CONCEPT, SHAPES, TRIGGER, all_motifs, prompt_of


def test_the_base_never_sees_the_concept() -> None:
    rng = random.Random(0)
    shapes = {base_picture(64, 64, rng)[0].shape for _ in range(300)}
    assert set(BASE_SHAPES) == shapes == set(SHAPES)
    assert CONCEPT not in BASE_SHAPES
    assert CONCEPT in TAGGER_SHAPES
    captions = [prompt_of(motif) for motif in all_motifs(BASE_SHAPES)]
    assert len(captions) == len(SHAPES) * 29  # every colour on every ground, but white on white
    assert not any(word in caption for caption in captions for word in (CONCEPT, TRIGGER))


def test_buckets_are_of_alignment_16_and_at_most_64_squared() -> None:
    assert all(width % 16 == height % 16 == 0 and width * height <= 64 * 64 for width, height in BUCKETS)
    assert len(set(BUCKETS)) == 7
    rng = random.Random(0)
    assert {draw_bucket(rng) for _ in range(300)} == set(BUCKETS)


def test_a_vae_batch_is_pictures_by_seed() -> None:
    one, two = (vae_batch((80, 48), 4, random.Random(5)) for _ in range(2))
    assert one.shape == (4, 3, 48, 80)
    assert torch.equal(one, two)
    assert -1 <= one.min() < one.max() <= 1
    assert cluttered_picture(64, 48, random.Random(0)).size == (64, 48)


def test_tagger_pictures_are_of_all_shapes_and_sizes_by_seed() -> None:
    rng = random.Random(3)
    drawn = [tagger_picture(rng) for _ in range(300)]
    again = tagger_picture(random.Random(3))
    assert (again[0], again[1].tobytes()) == (drawn[0][0], drawn[0][1].tobytes())
    assert {tags[0] for tags, _ in drawn} >= set(TAGGER_SHAPES)
    assert any(len(tags) == 1 for tags, _ in drawn)
    aspects = [picture.width / picture.height for _, picture in drawn]
    assert min(aspects) < 0.4
    assert max(aspects) > 2.5
