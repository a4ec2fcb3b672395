"""Entries for tests of the domain."""

from typing import Any

from bakehouse.dataset_config.entry import EntrySpec


def entry(**options: Any) -> EntrySpec:
    return EntrySpec(**{"id": "cats", "listing": "0" * 64, **options})
