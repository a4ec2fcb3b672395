"""The job engine: a job is planned once, cut into units, computed by any worker, and finished exactly once.

`submit.py` starts and cancels a job, `supervisor.py` carries it through its states, `worker.py` and
`child.py` compute its units, `janitor.py` mends what was lost. A service gives it a `Stage` (`stage.py`).
"""
