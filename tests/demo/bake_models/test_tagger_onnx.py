import random
from pathlib import Path

import numpy as np
import torch

from demo.bake_models.tagger import TAGS, TaggerNet, network_input
from demo.bake_models.tagger_onnx import write_tagger
from demo.bake_models.training_pictures import tagger_picture
from demo.tagging import Tagger


def test_the_file_computes_what_the_net_does(tmp_path: Path) -> None:
    torch.manual_seed(0)
    rng = random.Random(0)
    net = TaggerNet().train()
    pictures = [tagger_picture(rng)[1] for _ in range(6)]
    net(network_input(pictures))  # gives the batch norms statistics to fold
    net.eval()
    write_tagger(net, tmp_path / "tagger")
    tagger = Tagger(tmp_path / "tagger")
    with torch.no_grad():
        expected = torch.sigmoid(net(network_input(pictures))).numpy()
    np.testing.assert_allclose(tagger.scores(pictures), expected, atol=1e-5)
    assert tuple(tag.name for tag in tagger.tags) == TAGS


def test_the_table_has_wd14s_head(tmp_path: Path) -> None:
    write_tagger(TaggerNet().eval(), tmp_path)
    lines = (tmp_path / "selected_tags.csv").read_text().splitlines()
    assert lines[0] == "tag_id,name,category,count"
    assert lines[1].split(",")[1:3] == ["general", "9"]
    assert lines[-1].split(",")[1:3] == ["hourglass", "4"]
    assert len(lines) == 1 + len(TAGS)
