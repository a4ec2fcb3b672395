from bakehouse.jobs import subjects
from bakehouse.jobs.subjects import JobRef, WorkClass

REF = JobRef(service="toy", project="my-project", job="j-1")


def test_a_work_subject_says_whose_it_is() -> None:
    subject = subjects.work_subject(REF, "cpu", WorkClass.BULK, 17)
    assert subjects.job_of_work_subject(subject) == REF
    assert subjects.unit_of_subject(subject) == 17


def test_supervise_and_done_subjects_say_whose_they_are() -> None:
    assert subjects.job_of_subject(subjects.supervise_subject(REF)) == REF
    assert subjects.job_of_subject(subjects.done_subject(REF)) == REF
