"""Uploads whose time is over before anybody forgets them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bakehouse.errors import InvalidInputError, NotFoundError
from gateway.creation import Asking
from gateway.uploads.record import PartRange, UploadState
from gateway.uploads.uploads import name_of, upload_ref
from tests.gateway.desk import WISH, Desk


async def test_one_whose_time_is_over_takes_nothing_more(desk: Desk) -> None:
    upload = await desk.create(expires_s=-1)
    for call in (desk.uploads().read_open(upload.resource.ref), desk.uploads().sign(upload.resource.ref, [])):
        with pytest.raises(NotFoundError, match="has expired") as caught:
            await call
        assert caught.value.fields["resource"] == str(upload.name)


async def test_the_same_request_renews_one_whose_time_is_over(desk: Desk) -> None:
    first = await desk.create(expires_s=-1)
    again = await desk.create()
    assert again.name == first.name
    assert not again.body.is_expired(datetime.now(UTC) + timedelta(seconds=3000))


async def test_the_same_request_leaves_one_whose_time_is_not_over_alone(desk: Desk) -> None:
    assert (await desk.create()).resource == (await desk.create()).resource


async def test_many_renew_one_at_once(desk: Desk) -> None:
    await desk.create(expires_s=-1)
    renewed = await asyncio.gather(*(desk.create() for _ in range(6)))
    assert len({upload.resource.version for upload in renewed}) == 1


async def test_one_that_is_too_large_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidInputError, match="BAKEHOUSE_UPLOAD_MAX_BYTES"):
        await desk.create(size_bytes=2)


async def test_a_url_for_a_part_does_not_outlive_its_upload(desk: Desk) -> None:
    upload = await desk.create(expires_s=30)
    (signed,) = await desk.uploads().sign(upload.resource.ref, [PartRange(0, 0)])
    assert signed.url.expire_time <= datetime.fromisoformat(upload.body.expire_time)


async def test_a_preview_of_one_whose_time_is_over_is_of_a_new_one(desk: Desk) -> None:
    await desk.create(expires_s=-1)
    asking = Asking(request_id="r", validate_only=True)
    seen = await desk.uploads().create(desk.project, WISH, asking)
    assert (seen.body.state, seen.body.is_expired(datetime.now(UTC))) == (UploadState.OPEN, False)


def test_an_upload_has_its_name() -> None:
    assert str(name_of(upload_ref("p", "u"))) == "projects/p/uploads/u"
