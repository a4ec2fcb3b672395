"""Kinds of jobs, and what may be asked of a job."""

import pytest

from bakehouse.errors import InvalidInputError
from gateway.jobs import Kinds

KINDS = Kinds({"dataset": ["dataset.ingest", "dataset.snapshot"], "captioner": ["captioner.caption"]})


def test_a_kind_has_its_service() -> None:
    assert KINDS.service_of("dataset.snapshot") == "dataset"


def test_a_kind_that_is_nearly_right_is_corrected() -> None:
    with pytest.raises(InvalidInputError, match=r"did you mean dataset\.ingest\?") as caught:
        KINDS.service_of("dataset.injest")
    assert caught.value.field == "job.kind"


def test_a_kind_that_is_none_is_told_which_there_are() -> None:
    with pytest.raises(InvalidInputError, match=r"there are: captioner\.caption, dataset\.ingest, dataset"):
        KINDS.service_of("x")


def test_where_there_are_none_the_setting_is_named() -> None:
    with pytest.raises(InvalidInputError, match="BAKEHOUSE_SERVICES"):
        Kinds({}).service_of("dataset.ingest")
