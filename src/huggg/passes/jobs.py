"""A worker's part in passes: it tells their phones of changes."""

from __future__ import annotations

from contextlib import suppress

from huggg.hugggs.errors import HugggNotFound
from huggg.jobs.job import Job
from huggg.jobs.worker import Work
from huggg.passes.desk import PassDesk
from huggg.passes.job_kinds import RENEW


async def renew_pass(job: Job, *, pass_desk: PassDesk) -> None:
    """Tell the phones of a pass.

    Raises PassServiceAway, after which the job is due again later, and PassNewsRefused.
    """
    with suppress(HugggNotFound):  # it was erased, and nothing is left to tell
        await pass_desk.renew(job.subject_id)


WORKS = [Work(RENEW, renew_pass)]
