"""Which keys go with which type of source, and which of them it needs."""

import re
from collections.abc import Iterator, Mapping

from bakehouse.canonical_json import Json
from bakehouse.dataset_config.options import FILLED_IN, OPTIONS
from bakehouse.kinds import shown

_NEEDED = {
    "local": ("instance_data_dir", "name a folder of pictures, or a .zip"),
    "aws": ("aws_bucket_name", "name the bucket"),
    "csv": ("csv_file", "name the table of URLs"),
    "huggingface": ("dataset_name", "name the dataset, or the folder with one"),
}

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+/?")


def source_problems(values: Mapping[str, Json]) -> Iterator[str]:
    """What is wrong with a dataset's keys of sources, each of which is right alone: `key: value; remedy`."""
    if FILLED_IN & values.keys():
        return
    yield from _by_type(values, str(values.get("type", "local")))
    yield from _bucket(values)
    if bool(values.get("aws_access_key_id")) != bool(values.get("aws_secret_access_key")):
        yield "aws_secret_access_key: it goes with aws_access_key_id; give both or neither"
    if isinstance(block := values.get("parquet"), Mapping) and "path" not in block:
        yield "parquet.path: missing; name the table"


def _bucket(values: Mapping[str, Json]) -> Iterator[str]:
    name, endpoint = values.get("aws_bucket_name"), values.get("aws_endpoint_url")
    if name and not _BUCKET.fullmatch(str(name)):
        yield f"aws_bucket_name: {shown(name)}: no name of a bucket; give it alone, without s3:// and folders"
    if endpoint and not _ENDPOINT.fullmatch(str(endpoint)):
        said = "a URL with a secret" if "@" in str(endpoint) or "?" in str(endpoint) else shown(endpoint)
        yield f"aws_endpoint_url: {said}: no server of S3; give http(s)://host[:port]"


def _by_type(values: Mapping[str, Json], kind: str) -> Iterator[str]:
    needed, remedy = _NEEDED[kind]
    if not values.get(needed):
        yield f"{needed}: missing; {remedy}"
    for name in values:
        own = OPTIONS[name].goes_with if name in OPTIONS else ""
        if own and own != kind:
            said = "a secret" if "access_key" in name else shown(values[name])
            yield f"{name}: {said} goes with type {own}, and this is {kind}; set that, or leave it out"
    for name in ("caption_strategy", "metadata_backend"):
        chosen = values.get(name)
        if chosen in {"csv", "huggingface"} and chosen != kind:
            yield f"{name}: {chosen} goes with type {chosen}, and this is {kind}; use another"
