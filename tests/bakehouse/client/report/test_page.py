"""The page: whole, and in need of nothing."""

import re
from dataclasses import replace

from bakehouse.client.report.page import dataset_sections, head, write_document
from bakehouse.client.report.story import Unshown
from tests.bakehouse.client.report.tales import tale


def page() -> str:
    story = tale()
    top = head(story.title, story.lead, [("3", "pictures used")], foot="projects/p/snapshots/x")
    return write_document(story.title, [top, *dataset_sections(story)])


def test_it_needs_nothing_from_elsewhere() -> None:
    assert all(source.startswith("data:") for source in re.findall(r'src="([^"]*)"', page()))
    assert re.findall(r"url\(|<script|@import|href", page()) == []


def test_it_tells_of_every_picture() -> None:
    for word in ("A dataset", "concept: 2 pictures", "prior: 1 pictures", "Set aside: 2", "It has pictures."):
        assert word in page()
    more = replace(tale(), unshown=Unshown(set_aside=4))
    assert "Set aside: 6, 2 of them here" in "".join(dataset_sections(more))
    assert page().count("so that nothing else is forgotten") == 1
