"""Keeps the revision of an algorithm honest: whose output changes must raise it, or its test fails.

The algorithm's file says `SOMETHING_REVISION = 1`. Its test has a fixed input, the digest of the output for
each revision that there ever was, and `assert golden_problem(SOMETHING_REVISION, output, GOLDENS) is None`.
"""

from collections.abc import Mapping

from bakehouse.digest import digest_bytes


def golden_problem(revision: int, output: bytes, goldens: Mapping[int, str]) -> str | None:
    """What is wrong with `revision`, and what to do about it; None where nothing is.

    Args:
        revision: what the algorithm says of itself today.
        output: what it makes of the fixed input today.
        goldens: the SHA-256 of what it made of it, for every revision that there ever was.
    """
    found = digest_bytes(output)
    if revision not in goldens:
        return f"revision {revision} is new: record its output, {found}"
    if revision != max(goldens):
        return f"revision {revision} was left for {max(goldens)}: a revision never comes back"
    if goldens[revision] != found:
        return f"the output changed: raise the revision to {revision + 1} and record {found}"
    return None
