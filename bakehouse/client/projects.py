"""Projects through the client."""

from collections.abc import Iterator, Mapping

import grpc

from bakehouse.client.calls import Caller
from bakehouse.client.convert import project_of
from bakehouse.client.values import Project
from bakehouse.ids import random_id
from bakehouse.rpc.names import project_name
from bakehouse.v1 import project_pb2
from bakehouse.v1.project_pb2_grpc import ProjectServiceStub

_PAGE_SIZE = 200


class Projects:
    """`client.projects`."""

    def __init__(self, channel: grpc.Channel, caller: Caller) -> None:
        self._stub = ProjectServiceStub(channel)
        self._caller = caller

    def create(
        self, project: str, *, display_name: str = "", labels: Mapping[str, str] | None = None
    ) -> Project:
        """Make a project of this id.

        Raises:
            AlreadyExistsError: the id is taken.
            InvalidInputError: it is no id.
        """
        request = project_pb2.CreateProjectRequest(
            project_id=project,
            project=project_pb2.Project(display_name=display_name, labels=labels),
            request_id=random_id("request"),
        )
        return project_of(self._caller.call(self._stub.CreateProject, request))

    def get(self, project: str) -> Project:
        """The project of this id.

        Raises:
            NotFoundError: it is not there, or not for this token.
        """
        request = project_pb2.GetProjectRequest(name=project_name(project))
        return project_of(self._caller.call(self._stub.GetProject, request))

    def list(self) -> Iterator[Project]:
        """The projects that the token may see, by name; fetched a page at a time."""
        request = project_pb2.ListProjectsRequest(page_size=_PAGE_SIZE)
        while True:
            page = self._caller.call(self._stub.ListProjects, request)
            yield from map(project_of, page.projects)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def update(self, project: Project) -> Project:
        """Store the display name and the labels of `project`, unless someone changed it since it was read.

        Raises:
            StaleError: someone did; read it again and repeat the change. After a broken connection it may
                have been this very call.
            NotFoundError: it is not there, or not for this token.
        """
        request = project_pb2.UpdateProjectRequest(
            project=project_pb2.Project(
                name=project.name,
                display_name=project.display_name,
                labels=project.labels,
                etag=project.etag,
            )
        )
        request.update_mask.paths.extend(["display_name", "labels"])
        return project_of(self._caller.call(self._stub.UpdateProject, request))
