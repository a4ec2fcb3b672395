"""The public API as its descriptors declare it. Whoever needs a rule for every method reads it from here."""

from collections.abc import Mapping
from types import MappingProxyType

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions

from bakehouse.v1 import (
    artifact_pb2,
    blob_pb2,
    event_pb2,
    job_pb2,
    pipeline_pb2,
    project_pb2,
    snapshot_pb2,
    studio_pb2,
    upload_pb2,
)

_FILES = (
    project_pb2,
    job_pb2,
    pipeline_pb2,
    artifact_pb2,
    snapshot_pb2,
    upload_pb2,
    blob_pb2,
    event_pb2,
    studio_pb2,
)

METHODS: Mapping[str, MethodDescriptor] = MappingProxyType(
    {
        f"/{service.full_name}/{method.name}": method
        for file in _FILES
        for service in file.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }
)
"""Each method by its path, `/bakehouse.v1.JobService/GetJob`."""


def is_read(path: str) -> bool:
    """Whether the contract says that a method changes nothing. One that is not in it may change anything."""
    method = METHODS.get(path)
    return method is not None and _level(method) == MethodOptions.NO_SIDE_EFFECTS


def is_idempotent(path: str) -> bool:
    """Whether the contract says that calling a method twice is the same as calling it once."""
    method = METHODS.get(path)
    return method is not None and _level(method) != MethodOptions.IDEMPOTENCY_UNKNOWN


def _level(method: MethodDescriptor) -> int:
    return method.GetOptions().idempotency_level
