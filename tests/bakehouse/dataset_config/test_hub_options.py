from bakehouse.dataset_config.entry_reading import read_entry
from bakehouse.dataset_config.hub_options import HUB_OPTIONS

CATS = {"id": "cats", "type": "huggingface", "dataset_name": "me/cats"}


def test_they_go_with_their_type() -> None:
    assert {option.goes_with for option in HUB_OPTIONS.values()} == {"huggingface"}


def test_an_example_of_the_document_is_read() -> None:
    block = {"caption_column": ["title", "tags"], "width_column": "original_width"}
    read = read_entry({**CATS, "split": "train", "huggingface": block, "num_proc": 16}, place="datasets[0]")
    assert read.problems == ()
    assert read.values["huggingface"] == block
    assert "num_proc" in read.replaced


def test_what_is_not_there_yet_says_what_to_do() -> None:
    read = read_entry({**CATS, "huggingface": {"filter_func": {"min_width": 512}}}, place="datasets[0]")
    (problem,) = read.problems
    assert "huggingface.filter_func" in problem
    assert "minimum_image_size" in problem
