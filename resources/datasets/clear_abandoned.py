"""Removes what imports have left whose process died: nobody sees it, but it takes room and holds on to its dataset."""

from __future__ import annotations

from framework.data.selection import Selection
from framework.jobs.job_run import JobRun
from resources.datasets.dataset_import import DatasetImport
from resources.datasets.import_lease import dead_leases, lease_if_free
from resources.datasets.unpublished import clear_unpublished


async def clear_abandoned(run: JobRun) -> None:
    """One dataset after the other; one that is imported into again by then has been seen to."""
    session = run.session.as_system("what imports have left behind is seen by nobody")
    async with session.snapshot_read() as reader:
        spec = session.domain.of(DatasetImport)
        dead = [row["dataset_id"] for row in await reader.read(Selection(spec, ("dataset_id",), dead_leases()))]
    for dataset_id in dead:
        run.stop.heed()
        lease = await lease_if_free(session, dataset_id)
        if lease is not None:
            await clear_unpublished(lease, session)
            await session.with_transaction(lease.release)
