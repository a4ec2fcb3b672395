"""bakehouse.v1.ProjectService."""

from typing_extensions import override

from bakehouse.ids import parse_id
from bakehouse.rpc.call import Context, current_principal
from bakehouse.v1.project_pb2 import (
    CreateProjectRequest,
    GetProjectRequest,
    ListProjectsRequest,
    ListProjectsResponse,
    Project,
    UpdateProjectRequest,
)
from bakehouse.v1.project_pb2_grpc import ProjectServiceServicer
from gateway import convert
from gateway.pages import PageWish
from gateway.projects import Projects


class ProjectServicer(ProjectServiceServicer):
    """Projects over gRPC."""

    def __init__(self, projects: Projects) -> None:
        self._projects = projects

    @override
    async def CreateProject(self, request: CreateProjectRequest, context: Context) -> Project:
        asking = convert.asking(request.request_id, validate_only=request.validate_only)
        project, fields = (
            parse_id(request.project_id, field="project_id"),
            convert.project_fields(request.project),
        )
        return convert.project_message(await self._projects.create(project, fields, asking))

    @override
    async def GetProject(self, request: GetProjectRequest, context: Context) -> Project:
        project = convert.project_of(request.name, field="name")
        return convert.project_message(await self._projects.get(project))

    @override
    async def ListProjects(self, request: ListProjectsRequest, context: Context) -> ListProjectsResponse:
        wanted = PageWish(size=request.page_size, token=request.page_token)
        page = self._projects.page(current_principal(), wanted)
        return ListProjectsResponse(
            projects=map(convert.project_message, page.entries), next_page_token=page.next
        )

    @override
    async def UpdateProject(self, request: UpdateProjectRequest, context: Context) -> Project:
        project, change = (
            convert.project_of(request.project.name, field="project.name"),
            convert.project_change(request),
        )
        changed = await self._projects.update(project, change, validate_only=request.validate_only)
        return convert.project_message(changed)
