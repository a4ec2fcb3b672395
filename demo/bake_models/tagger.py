"""The demo's tagger: a small convolutional net over squares, trained to name shape, colour and ground."""

import random
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

from demo.bake_models.training_pictures import tagger_picture
from demo.grammar import CONCEPT, GROUNDS, RATINGS, SHAPE_COLOURS, SHAPES, colour_tag, ground_tag
from demo.tagging import squared

STEPS = 2400
BATCH = 32
LEARNING_RATE = 4e-3
SEED = 21
SIDE = 64
WIDTHS = (16, 32, 64, 96, 96)
STRIDES = (1, 2, 2, 1, 2)

GENERAL_TAGS = (*SHAPES, *map(colour_tag, SHAPE_COLOURS), *map(ground_tag, GROUNDS))
CHARACTER_TAGS = (CONCEPT,)
TAGS = (*RATINGS, *GENERAL_TAGS, *CHARACTER_TAGS)


class TaggerNet(nn.Module):
    """(b, 3, 64, 64) float32, blue green red in 0..255, to logits (b, num_tags)."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3, *WIDTHS)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False)
            for before, after, stride in zip(widths, WIDTHS, STRIDES, strict=False)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in WIDTHS)
        self.head = nn.Linear(WIDTHS[-1] * 2, len(TAGS))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Mean and maximum over the last map go into one linear layer."""
        features = pictures / 127.5 - 1
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            features = functional.relu(norm(convolution(features)))
        pooled = torch.cat([features.mean(dim=(2, 3)), features.amax(dim=(2, 3))], dim=1)
        logits: torch.Tensor = self.head(pooled)
        return logits


def train_tagger(report: Callable[[int, dict[str, float]], None], *, steps: int = STEPS) -> TaggerNet:
    """Trains a tagger. `report(step, losses)` is called after every step."""
    torch.manual_seed(SEED)
    rng = random.Random(SEED)
    net = TaggerNet().train()
    optimizer = torch.optim.AdamW(net.parameters(), lr=LEARNING_RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps, pct_start=0.1)
    for step in range(steps):
        pictures, truths = tagger_batch(BATCH, rng)
        loss = functional.binary_cross_entropy_with_logits(net(pictures), truths)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        report(step, {"bce": loss.item()})
    return net.eval()


def tagger_batch(num_pictures: int, rng: random.Random) -> tuple[torch.Tensor, torch.Tensor]:
    """Drawn pictures as the net takes them, and their truths (b, num_tags) float32, 0 or 1."""
    drawn = [tagger_picture(rng) for _ in range(num_pictures)]
    return network_input([picture for _, picture in drawn]), truths_of([tags for tags, _ in drawn])


def network_input(pictures: Sequence[Image.Image]) -> torch.Tensor:
    """RGB pictures of any size as (b, 3, 64, 64) float32, blue green red, 0..255."""
    squares: list[npt.NDArray[np.float32]] = [squared(picture, SIDE) for picture in pictures]
    return torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).contiguous()


def truths_of(tags: Sequence[Sequence[str]]) -> torch.Tensor:
    """1 for each picture's tags and for the rating that all the demo's pictures have, 0 elsewhere."""
    truths = torch.zeros(len(tags), len(TAGS))
    for row, names in enumerate(tags):
        for name in (RATINGS[0], *names):
            truths[row, TAGS.index(name)] = 1.0
    return truths
