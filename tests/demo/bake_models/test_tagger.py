import random

import torch
from PIL import Image

from demo.bake_models.tagger import TAGS, TaggerNet, network_input, tagger_batch, train_tagger, truths_of


def test_truths_are_the_tags_and_the_rating() -> None:
    truths = truths_of([("star", "red_shape", "grey_ground"), ("cyan_ground",)])
    named = [{TAGS[int(place)] for place in torch.nonzero(row)} for row in truths]
    assert named == [{"general", "star", "red_shape", "grey_ground"}, {"general", "cyan_ground"}]


def test_the_net_takes_blue_green_red() -> None:
    pictures = network_input([Image.new("RGB", (20, 20), (1, 2, 3))])
    assert pictures.shape == (1, 3, 64, 64)
    assert pictures[0, :, 5, 5].tolist() == [3, 2, 1]


def test_training_is_by_seed_and_lowers_the_loss() -> None:
    logs: list[list[float]] = [[], []]
    for losses in logs:
        train_tagger(lambda _, terms, losses=losses: losses.append(terms["bce"]), steps=6)  # type: ignore[misc]
    assert logs[0] == logs[1]
    assert logs[0][-1] < 0.7 * logs[0][0]


def test_a_batch_gives_one_row_a_picture() -> None:
    pictures, truths = tagger_batch(3, random.Random(0))
    assert TaggerNet()(pictures).shape == truths.shape == (3, len(TAGS))
