"""Names as statements have them, and as PostgreSQL is asked for them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

# Named parameters, so that a percent sign in a name is one and not two.
DIALECT: sa.Dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]  # left untyped there
PREPARER = DIALECT.identifier_preparer
