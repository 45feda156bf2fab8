"""The declared program of the tests: one class, served typed by both transports."""

from framework.compiler.domain import Domain
from resources.programs.declared_program import DeclaredProgram
from resources.programs.modules import predict


class RouteTicket(DeclaredProgram):
    """Route the ticket to the team that answers it."""

    signature = (
        "ticket: str[3..500], since: date | None = None -> "
        "team: Literal['billing', 'technical', 'account'], confidence: Probability"
    )
    module = predict()


TESTS = Domain("tests", [RouteTicket])
