"""Names of what pipelines made."""

from bakehouse.client.artifact_values import Artifact


def test_an_id_is_the_end_of_its_name() -> None:
    assert Artifact(name="projects/p/snapshots/abc").id == "abc"
