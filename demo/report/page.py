"""The report as one page that needs nothing else: no script, no font, no picture from anywhere."""

from collections.abc import Sequence
from html import escape

from bakehouse.client.report.page import dataset_sections, head, section, write_document
from demo.report.curve import draw_curve
from demo.report.images import exact_url
from demo.report.story import Figure, Story, agreement_of
from demo.report.tables import figure_table, metadata_table, stage_table


def write_page(story: Story, figures: Sequence[Figure]) -> str:
    """The page's HTML."""
    sections = [
        _head(story),
        section(
            "Before and after",
            _samples(story),
            "A row a prompt, always from the same noise: what changes from left to right is the adapter.",
        ),
        section(
            "Is it any good?",
            figure_table(figures) + _agreement(figures),
            "Judged on pictures that nobody chose. Where nothing else is said, shape, colour and ground "
            "must all be right.",
        ),
        section("Loss", f'<div class="wide">{draw_curve(story.losses, _sampled(story))}</div>'),
        section("Where the time went", stage_table(story.stages)),
        *dataset_sections(story),
        section("What the adapter says of itself", metadata_table(story.metadata)),
    ]
    return write_document(story.title, sections)


def _head(story: Story) -> str:
    facts = [
        (f"{len(story.used)}", "pictures used"),
        (f"{len(story.set_aside)}", "set aside"),
        (f"{len(story.losses)}", "steps"),
        (f"{story.total_s:.0f} s", "from recipe to adapter"),
        (f"{story.adapter_bytes / 1024:.0f} KiB", escape(story.adapter_name)),
        (f"{story.seed}", "seed"),
    ]
    return head(story.title, story.lead, facts, foot=story.pipeline)


def _samples(story: Story) -> str:
    epochs = story.epochs()
    head = "".join(f"<th>{_when(story, epoch)}</th>" for epoch in epochs)
    rows = []
    for prompt in story.prompts():
        cells = []
        for epoch in epochs:
            sample = story.sample(prompt, epoch)
            shown = f'<img class="sample" alt="" src="{exact_url(sample.picture)}">' if sample else ""
            cells.append(f"<td>{shown}</td>")
        rows.append(f"<tr><th>{escape(prompt[0])}<small>seed {prompt[1]}</small></th>{''.join(cells)}</tr>")
    return f'<div class="wide"><table class="samples"><tr><td></td>{head}</tr>{"".join(rows)}</table></div>'


def _when(story: Story, epoch: int) -> str:
    if epoch == 0:
        return "before"
    return f"epoch {epoch}<small>step {story.step_of(epoch)}</small>"


def _sampled(story: Story) -> dict[int, str]:
    return {story.step_of(epoch): f"epoch {epoch}" for epoch in story.epochs() if epoch > 0}


def _agreement(figures: Sequence[Figure]) -> str:
    agreement = agreement_of(figures)
    mark = '<i class="good">✓</i>' if agreement.is_met else '<i class="bad">✗</i>'
    return (
        '<p class="agreement">The tagger is the judge. A second one reads both colours by a rule, without a '
        f"model: the two differ by at most <b>{agreement.points:.1f} points</b> {mark} "
        f"(asked ≤ {agreement.most_points:g}).</p>"
    )
