from demo.places import BASE, TAGGER, WEIGHTS

LARGEST_BYTES = 20_000_000


def test_the_weights_are_there_and_small() -> None:
    assert (BASE / "model_index.json").is_file()
    assert (TAGGER / "model.onnx").is_file()
    assert sum(path.stat().st_size for path in WEIGHTS.rglob("*") if path.is_file()) <= LARGEST_BYTES
