<%!
import pprint
import re

def steps(text):
    """The commands alone, without Alembic's remarks around them; nothing for a step to be written by hand."""
    return re.sub(r"^\s*# ### .*\n?", "", text or "", flags=re.M).strip() or "pass"

def shown(names):
    """Names by table, a line or more each."""
    return pprint.pformat(names, width=110, compact=True)
%><%
changes = config.attributes.get("changes", {}).get(up_revision)
%>"""${message}.

Revision: ${up_revision}
Follows: ${comma(down_revision) or "nothing"}
Made: ${create_date}
% if changes and changes.locks:

Locks, and who waits for them:

% for lock in changes.locks:
    ${lock}
% endfor
% endif
"""

import sqlalchemy as sa
from alembic import op
${imports if context.get("imports", "") else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${steps(context.get("upgrades", ""))}


def downgrade() -> None:
    ${steps(context.get("downgrades", ""))}


# Which tables, with their columns and rules, are the project's since this step, and which are no longer.
creates: dict[str, list[str]] = ${shown(changes.creates if changes else {})}
drops: dict[str, list[str]] = ${shown(changes.drops if changes else {})}
renames: list[tuple[str, ...]] = ${shown([*changes.renames] if changes else [])}
% for mark in (changes.marks if changes else []):
${mark} = True
% endfor
% if changes and changes.after:
# Steps of other domains that come before this one, wherever they are known.
comes_after: list[str] = ${shown([*changes.after])}
% endif
% if changes and changes.irreversible:
# Why it cannot be taken back while these tables hold records.
irreversible: dict[str, str] = ${shown(changes.irreversible)}
% endif
