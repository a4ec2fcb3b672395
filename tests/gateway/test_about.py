"""Names of resources in errors."""

import pytest

from bakehouse.errors import NotFoundError
from bakehouse.rpc.names import ResourceName
from gateway.about import about

NAME = ResourceName(project="p", collection="jobs", id="j")


def test_an_error_learns_what_it_is_about() -> None:
    with pytest.raises(NotFoundError) as caught, about(NAME):
        raise NotFoundError("gone")
    assert caught.value.fields == {"resource": "projects/p/jobs/j"}


def test_an_error_that_knows_better_keeps_it() -> None:
    with pytest.raises(NotFoundError) as caught, about(NAME):
        raise NotFoundError("gone", fields={"resource": "projects/p"})
    assert caught.value.fields == {"resource": "projects/p"}


def test_what_is_no_error_of_ours_passes() -> None:
    with pytest.raises(KeyError), about(NAME):
        raise KeyError("x")
