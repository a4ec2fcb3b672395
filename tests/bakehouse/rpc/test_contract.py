"""What every method of the API keeps to."""

from importlib import import_module
from pathlib import Path

import pytest

from bakehouse import v1
from bakehouse.rpc.contract import METHODS, is_idempotent, is_read

READING_VERBS = ("Get", "List", "Read", "Find", "Watch")
READING_METHODS = {"/bakehouse.v1.BlobService/SignBlob"}


def test_no_service_is_left_out() -> None:
    names = [path.name.removesuffix(".py") for path in Path(str(v1.__file__)).parent.glob("*_pb2.py")]
    files = [import_module(f"bakehouse.v1.{name}").DESCRIPTOR for name in names]
    declared = {
        f"/{service.full_name}/{method.name}"
        for file in files
        for service in file.services_by_name.values()
        for method in service.methods
    }
    assert set(METHODS) == declared


@pytest.mark.parametrize("path", METHODS)
def test_what_a_method_is_called_tells_whether_it_changes_anything(path: str) -> None:
    reads = path.rpartition("/")[2].startswith(READING_VERBS) or path in READING_METHODS
    assert is_read(path) == reads


def test_reading_twice_is_reading_once() -> None:
    assert all(is_idempotent(path) for path in METHODS if is_read(path))


@pytest.mark.parametrize("path", [path for path in METHODS if "/Create" in path])
def test_what_is_created_can_be_asked_for_twice_and_tried_without(path: str) -> None:
    fields = METHODS[path].input_type.fields_by_name
    assert {"request_id", "validate_only"} <= set(fields)


@pytest.mark.parametrize("path", [path for path in METHODS if "/List" in path])
def test_lists_come_in_pages(path: str) -> None:
    method = METHODS[path]
    assert {"page_size", "page_token"} <= set(method.input_type.fields_by_name)
    assert "next_page_token" in method.output_type.fields_by_name


def test_a_method_that_is_not_in_the_contract_may_change_anything() -> None:
    assert not is_read("/grpc.health.v1.Health/Check")
    assert not is_idempotent("/grpc.health.v1.Health/Check")
