"""Pictures inside a page."""

from bakehouse.client.data_urls import data_url, is_shown_by_browsers


def test_bytes_are_a_url() -> None:
    assert data_url(b"\x00\x01", "image/png") == "data:image/png;base64,AAE="


def test_a_browser_shows_some_formats_only() -> None:
    assert is_shown_by_browsers("image/webp")
    assert not is_shown_by_browsers("image/tiff")
