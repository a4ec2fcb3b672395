"""How long a job will take yet, by how long it has taken so far. Pure."""

from datetime import datetime

from bakehouse.jobs.record import JobRecord, JobState


def remaining_s(record: JobRecord, *, now: datetime) -> float | None:
    """Seconds until the items of a running job are computed, at the pace since it runs.

    None where that is not known: it does not run, or nothing of it is done yet.
    """
    begun = [entry.time for entry in record.transitions if entry.state is JobState.RUNNING]
    num_done = record.computed_items
    if record.state is not JobState.RUNNING or not begun or not num_done:
        return None
    elapsed_s = (now - datetime.fromisoformat(begun[-1])).total_seconds()
    return max(0.0, elapsed_s / num_done * (record.planned_items - num_done))
