"""Projects through a real gateway."""

from dataclasses import replace

import pytest

from bakehouse.client.client import Client
from bakehouse.errors import AlreadyExistsError, NotFoundError, StaleError


def test_a_project_comes_back_as_it_was_made(client: Client) -> None:
    made = client.projects.create("cats", display_name="Cats", labels={"for": "test"})
    assert (made.id, made.display_name, made.labels) == ("cats", "Cats", {"for": "test"})
    assert client.projects.get("cats") == made


def test_an_id_is_taken_once(client: Client) -> None:
    client.projects.create("dogs")
    with pytest.raises(AlreadyExistsError):
        client.projects.create("dogs", display_name="Other dogs")


def test_a_project_that_is_not_there(client: Client) -> None:
    with pytest.raises(NotFoundError):
        client.projects.get("nowhere")


def test_projects_are_listed(client: Client) -> None:
    made = client.projects.create("birds")
    assert made in list(client.projects.list())


def test_a_change_is_kept(client: Client) -> None:
    made = client.projects.create("fish", labels={"a": "b"})
    client.projects.update(replace(made, display_name="Fish", labels={}))
    assert (client.projects.get("fish").display_name, client.projects.get("fish").labels) == ("Fish", {})


def test_a_change_of_what_changed_meanwhile_is_refused(client: Client) -> None:
    made = client.projects.create("bees")
    client.projects.update(replace(made, display_name="Bees"))
    with pytest.raises(StaleError):
        client.projects.update(replace(made, display_name="Wasps"))
