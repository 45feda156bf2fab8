"""One append-only log: audit trail, outbox and progress stream at once."""
