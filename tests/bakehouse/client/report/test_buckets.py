"""The table of buckets."""

from dataclasses import replace

from bakehouse.client.report.buckets import bucket_table
from tests.bakehouse.client.report.tales import tale, used


def test_a_bucket_is_drawn_in_its_proportions() -> None:
    table = bucket_table(tale())
    assert "width:24px;height:40px" in table
    assert "2 concept" in table
    assert table.index("48x80") < table.index("64x64")


def test_large_buckets_fit_into_the_page() -> None:
    assert "width:96px;height:48px" in bucket_table(replace(tale(), used=[used(bucket=(1024, 512))]))
    assert bucket_table(replace(tale(), used=[])) == '<table class="bars"></table>'
