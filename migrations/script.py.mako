<%!
import re

def steps(text):
    """The commands alone, without Alembic's remarks around them."""
    return re.sub(r"^\s*# ### .*\n?", "", text, flags=re.M).strip() or "pass"
%>"""${message}.

Revision: ${up_revision}
Follows: ${comma(down_revision) or "nothing"}
Made: ${create_date}
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${steps(upgrades)}


def downgrade() -> None:
    ${steps(downgrades)}
