import random

import torch

from demo.bake_models.autoencoder import new_vae
from demo.bake_models.latent_pictures import encode_pictures
from demo.bake_models.training_pictures import BUCKET_WEIGHTS, BUCKETS


def test_pictures_are_shared_out_over_the_buckets() -> None:
    vae = new_vae().eval()
    buckets = encode_pictures(vae, 36, random.Random(0))
    assert [len(bucket.motifs) for bucket in buckets] == [2 * weight for weight in BUCKET_WEIGHTS]
    assert [tuple(bucket.latents.shape[-2:]) for bucket in buckets] == [(h // 8, w // 8) for w, h in BUCKETS]
    motifs, latents = buckets[0].batch(3, random.Random(0))
    assert (len(motifs), latents.shape[0]) == (3, 3)
    place = buckets[0].motifs.index(motifs[0])
    assert torch.equal(latents[0], buckets[0].latents[place]) or motifs[0] in buckets[0].motifs[place + 1 :]
