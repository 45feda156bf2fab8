"""The number of the oldest transaction under way that may leave events: what has a smaller number is settled.

A snapshot names all that write in the whole cluster. Left out are those of other databases, and those that have said
that they tell nothing, so that neither holds back what others tell. Both are read from the locks, which PostgreSQL
gives as they were at one moment: what a process holds belongs to one transaction of it. One that has a number and no
lock yet, or none any more, counts.
"""

# An advisory lock, shared by all that tell nothing, is how one says so: "DSPX" as a number, and the first of its locks.
SAYS_NOTHING = "pg_advisory_xact_lock_shared(1146310744, 1)"

HORIZON = """(
    WITH held AS MATERIALIZED (SELECT * FROM pg_locks WHERE granted),
    apart AS (
        SELECT pid FROM held
        WHERE (locktype = 'advisory' AND classid = 1146310744 AND objid = 1 AND objsubid = 2)
        OR (locktype = 'relation'
            AND database NOT IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())))
    )
    SELECT coalesce(min(running::text::bigint), pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
    FROM pg_snapshot_xip(pg_current_snapshot()) AS running
    WHERE NOT EXISTS (
        SELECT FROM held JOIN apart USING (pid)
        WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND transactionid = running::xid
    )
)"""
