"""The buckets of a dataset as a table, each drawn in its proportions."""

from html import escape

from bakehouse.client.report.story import DatasetStory

_LARGEST_PX = 96


def bucket_table(story: DatasetStory) -> str:
    """A row a bucket, drawn in its proportions: how many pictures, and of which entries."""
    buckets = story.buckets()
    most = max(buckets.values(), default=1)
    by_entry = story.places()
    scale = min(0.5, _LARGEST_PX / max((max(size) for size in buckets), default=1))
    rows = []
    for (width, height), count in buckets.items():
        drawn = f"width:{width * scale:.0f}px;height:{height * scale:.0f}px"
        shape = f'<span class="shape" style="{drawn}"></span>'
        bar = f'<span class="bar" style="width:{100 * count / most:.1f}%"></span>'
        who = ", ".join(
            f"{n} {escape(entry)}" for (entry, size), n in sorted(by_entry.items()) if size == (width, height)
        )
        rows.append(
            f"<tr><td>{shape}</td><th>{width}x{height}</th><td>{count}</td><td>{who}</td><td>{bar}</td></tr>"
        )
    return f'<table class="bars">{"".join(rows)}</table>'
