"""A domain of one's own, beside the platform's.

DSPEX_DOMAINS=resources:PLATFORM,examples.support_triage.domain:SUPPORT
"""

from examples.support_triage.triage_ticket import TriageTicket
from framework.compiler.domain import Domain

SUPPORT = Domain("support", resources=(TriageTicket,))
