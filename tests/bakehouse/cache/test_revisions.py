"""The rule of revisions, in each way that it can be broken."""

import pytest

from bakehouse.cache.revisions import golden_problem
from bakehouse.digest import digest_bytes

ONE, TWO = digest_bytes(b"one"), digest_bytes(b"two")


@pytest.mark.parametrize("goldens", [{1: ONE}, {1: ONE, 2: TWO, 3: ONE}])
def test_the_recorded_output_is_right(goldens: dict[int, str]) -> None:
    assert golden_problem(max(goldens), b"one", goldens) is None


@pytest.mark.parametrize(
    ("revision", "output", "problem"),
    [
        (2, b"one", f"the output changed: raise the revision to 3 and record {ONE}"),
        (3, b"one", f"revision 3 is new: record its output, {ONE}"),
        (1, b"one", "revision 1 was left for 2"),
    ],
)
def test_anything_else_is_told(revision: int, output: bytes, problem: str) -> None:
    assert problem in str(golden_problem(revision, output, {1: ONE, 2: TWO}))
