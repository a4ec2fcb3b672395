"""`bakehouse cancel`: of pipelines and jobs."""

import json

import pytest

from bakehouse.cli.cancel import cancel
from tests.bakehouse.client.gateway_process import GatewayProcess
from tests.bakehouse.client.simmering import NAME, Simmering, running
from tests.bakehouse.client.studio_thread import StudioThread


def test_a_job_is_cancelled_by_its_id(
    named_gateway: GatewayProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    with named_gateway.client() as client:
        job = client.jobs.create("toy.bake", {"num_items": 1})
    cancel(job.id)
    assert capsys.readouterr().out == f"{job.id} CANCELLED\n"


@pytest.mark.parametrize("name", [NAME, "x"])
def test_a_pipeline_is_cancelled_by_its_name_or_id(
    studio: StudioThread, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    simmering = Simmering(running())
    simmering.open(studio)
    cancel(name, project="p")
    assert (capsys.readouterr().out, simmering.asked) == (f"{NAME} CANCELLED\n", [f"cancel {NAME}"])


def test_programs_get_json(studio: StudioThread, capsys: pytest.CaptureFixture[str]) -> None:
    Simmering(running()).open(studio)
    cancel(NAME, as_json=True)
    assert json.loads(capsys.readouterr().out)["state"] == "CANCELLED"
