import pytest

from bakehouse.blobs.s3_location import S3Location
from bakehouse.errors import InvalidInputError


def location(**changes: str) -> S3Location:
    given = {"bucket": "kitchen", "access_key": "an-access-key", "secret_key": "a-secret-key"}
    return S3Location(**{**given, **changes})


@pytest.mark.parametrize("prefix", ["", "deep/prefix"])
def test_names_and_keys_are_inverse(prefix: str) -> None:
    found = location(prefix=prefix)
    assert found.key(found.name("p/object")) == "p/object"


def test_a_name_begins_with_the_prefix() -> None:
    assert location(prefix="deep/prefix").name("p/object") == "deep/prefix/p/object"


def test_the_keys_to_it_are_not_shown() -> None:
    assert "secret" not in repr(location())
    assert "access-key" not in repr(location())


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"endpoint": "127.0.0.1:9000"}, "BAKEHOUSE_S3_ENDPOINT"),
        ({"endpoint": "http://user:password@host"}, "BAKEHOUSE_S3_ENDPOINT"),
        ({"endpoint": "http://host/path"}, "BAKEHOUSE_S3_ENDPOINT"),
        ({"bucket": "no"}, "BAKEHOUSE_STORE_URL"),
        ({"bucket": "Capital"}, "BAKEHOUSE_STORE_URL"),
        ({"prefix": "../up"}, "BAKEHOUSE_STORE_URL"),
        ({"access_key": ""}, "BAKEHOUSE_S3_ACCESS_KEY"),
        ({"secret_key": ""}, "BAKEHOUSE_S3_SECRET_KEY"),
    ],
)
def test_what_is_missing_or_malformed_is_named(changes: dict[str, str], setting: str) -> None:
    with pytest.raises(InvalidInputError, match=setting):
        location(**changes)


@pytest.mark.parametrize(
    "endpoint", ["https://s3.eu-west-1.amazonaws.com", "http://[::1]:9000", "http://host"]
)
def test_endpoints(endpoint: str) -> None:
    assert location(endpoint=endpoint).endpoint == endpoint
