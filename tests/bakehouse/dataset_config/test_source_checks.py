from typing import Any

import pytest

from bakehouse.dataset_config.option import Holder
from bakehouse.dataset_config.options import OPTIONS
from bakehouse.dataset_config.source_checks import source_problems
from bakehouse.dataset_config.source_options import SOURCE_OPTIONS


@pytest.mark.parametrize(
    "values",
    [
        {"instance_data_dir": "cats"},
        {"type": "aws", "aws_bucket_name": "cats", "aws_data_prefix": "a/"},
        {"type": "aws", "aws_bucket_name": "cats", "aws_endpoint_url": "http://[::1]:9000/"},
        {"type": "csv", "csv_file": "cats.csv", "caption_strategy": "csv"},
        {"type": "huggingface", "dataset_name": "me/cats", "metadata_backend": "huggingface"},
        {"listing": "0" * 64},
        {"source": {"type": "folder"}, "type": "aws"},
    ],
)
def test_a_source_has_what_it_needs(values: dict[str, Any]) -> None:
    assert list(source_problems(values)) == []


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({}, "instance_data_dir: missing; name a folder"),
        ({"type": "aws"}, "aws_bucket_name: missing; name the bucket"),
        ({"type": "csv"}, "csv_file: missing; name the table of URLs"),
        ({"type": "huggingface"}, "dataset_name: missing; name the dataset"),
        (
            {"instance_data_dir": "cats", "csv_file": "a.csv"},
            "csv_file: 'a.csv' goes with type csv, and this is local; set that, or leave it out",
        ),
        (
            {"instance_data_dir": "cats", "caption_strategy": "huggingface"},
            "caption_strategy: huggingface goes with type huggingface, and this is local; use another",
        ),
        (
            {"type": "aws", "aws_bucket_name": "cats", "aws_access_key_id": "secret://id"},
            "aws_secret_access_key: it goes with aws_access_key_id; give both or neither",
        ),
        (
            {
                "type": "aws",
                "aws_bucket_name": "cats",
                "aws_access_key_id": "",
                "aws_secret_access_key": "b",
            },
            "aws_secret_access_key: it goes with aws_access_key_id; give both or neither",
        ),
        (
            {"instance_data_dir": "cats", "aws_access_key_id": "a", "aws_secret_access_key": "b"},
            "aws_access_key_id: a secret goes with type aws, and this is local; set that",
        ),
        ({"instance_data_dir": "cats", "parquet": {}}, "parquet.path: missing; name the table"),
        (
            {"type": "aws", "aws_bucket_name": "s3://cats/10_cat"},
            "aws_bucket_name: 's3://cats/10_cat': no name of a bucket; give it alone, without s3://",
        ),
        (
            {"type": "aws", "aws_bucket_name": "cats", "aws_endpoint_url": "s3.example.com"},
            "aws_endpoint_url: 's3.example.com': no server of S3; give http(s)://host[:port]",
        ),
        (
            {"type": "aws", "aws_bucket_name": "cats", "aws_endpoint_url": "https://me:canary@s3.example"},
            "aws_endpoint_url: a URL with a secret: no server of S3; give http(s)://host[:port]",
        ),
    ],
)
def test_what_does_not_go_together_is_named(values: dict[str, Any], problem: str) -> None:
    found, *_ = source_problems(values)
    assert found.startswith(problem)


def test_a_key_of_a_source_goes_with_a_type() -> None:
    read = {name: option for name, option in SOURCE_OPTIONS.items() if option.holder is Holder.READER}
    assert {option.goes_with for option in read.values()} == {*OPTIONS["type"].choices}
