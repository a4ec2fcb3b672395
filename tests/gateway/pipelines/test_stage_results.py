"""Results of stages, and what is no such thing."""

import json

import pytest

from bakehouse.canonical_json import Json
from bakehouse.errors import CorruptionError
from gateway.pipelines.stage_results import RegisterResult, TableResult, TrainResult, most_texts, read_result
from tests.gateway.bakes import RESULTS, digest


def test_each_stage_gives_what_it_has_to() -> None:
    trained = read_result(TrainResult, RESULTS["train"], job="j")
    assert (trained.adapter, trained.adapters[1].digest) == (digest("adapter 2"), digest("adapter 2"))
    assert (trained.seed, trained.samples[0].seed) == (42, 7)
    assert read_result(TableResult, RESULTS["texts"], job="j").counts == {"kept": 2}


@pytest.mark.parametrize("result", [None, 3, {}, {"base_model": 3}])
def test_a_result_that_is_none_is_a_bug(result: Json) -> None:
    with pytest.raises(CorruptionError, match="the result of job j"):
        read_result(RegisterResult, result, job="j")


def header(kept: int, captions: int | None) -> bytes:
    parts: Json = [{"num_rows": 9, "states": {"kept": kept, "failed": 1}}]
    tables: dict[str, Json] = {"samples": {"parts": parts}}
    if captions is not None:
        tables["captions"] = {"parts": [{"num_rows": captions, "states": {}}]}
    return json.dumps({"tables": tables}).encode()


def test_texts_are_at_most_one_a_picture_those_that_are_there_and_the_empty_one() -> None:
    assert most_texts(header(kept=8, captions=3)) == 12
    assert most_texts(header(kept=8, captions=None)) == 9


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"tables": {}}', b'{"tables": {"samples": 3}}'])
def test_nobody_knows_what_an_unknown_manifest_gives(data: bytes) -> None:
    assert most_texts(data) is None
