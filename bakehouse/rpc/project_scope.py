"""Which project a request is about, and whether its caller may know of it. Generic: it asks the descriptors.

A request names its resource in a field `name`, `parent` or `project_id`, or in a resource with a `name`.
"""

from functools import cache

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from bakehouse.errors import InvalidInputError, NotFoundError, PermissionDeniedError
from bakehouse.ids import parse_id
from bakehouse.rpc.call import Call, principal_of
from bakehouse.rpc.names import SHARED, parse_name, project_name
from bakehouse.rpc.tokens import Principal

_PROJECT_ID = "project_id"
_ADDRESSES = ("name", "parent", _PROJECT_ID)


def check_project(call: Call, message: Message) -> None:
    """Pass if the caller may see the project that a message is about. Called for each message of a stream.

    Raises:
        InvalidInputError: the message names no resource where it has to, or a stream changes its project.
        NotFoundError: the project is not there for this caller.
        PermissionDeniedError: it is the room that all projects share, and the caller lacks the scope for it.
    """
    path = address_of(message.DESCRIPTOR)
    if not path:
        return
    field = ".".join(path)
    text = _value(message, path)
    if not text and call.project:
        return  # a later message of a stream may leave it out
    project = parse_id(text, field=field) if field == _PROJECT_ID else parse_name(text, field=field).project
    _admit(principal_of(call), project)
    if call.project not in {"", project}:
        raise InvalidInputError(
            f"{field}: {text[:80]!r} is of another project than the stream began with", field=field
        )
    call.project = project


def _admit(principal: Principal, project: str) -> None:
    name = project_name(project)
    if project == SHARED:
        if not principal.may_share():
            raise PermissionDeniedError(
                f"{name} needs the scope 'share'; token {principal.token_id} is for projects and lacks it",
                fields={"scope": "share", "token_id": principal.token_id},
            )
    elif not principal.may_see(project):
        raise NotFoundError(
            f"{name} is not there, or not for this token; check the name", fields={"resource": name}
        )


@cache
def address_of(descriptor: Descriptor) -> tuple[str, ...]:
    """The path to the field by which a request names its resource; empty where it names none."""
    texts = [field.name for field in descriptor.fields if _is_text(field)]
    for name in _ADDRESSES:
        if name in texts:
            return (name,)
    for field in descriptor.fields:
        resource = field.message_type
        if (
            resource is not None
            and not field.is_repeated
            and resource.file.package == descriptor.file.package
        ):
            inner = resource.fields_by_name.get("name")
            if inner is not None and _is_text(inner):
                return (field.name, "name")
    return ()


def _is_text(field: FieldDescriptor) -> bool:
    return field.type == FieldDescriptor.TYPE_STRING and not field.is_repeated


def _value(message: Message, path: tuple[str, ...]) -> str:
    value: object = message
    for name in path:
        value = getattr(value, name)
    return str(value)
