"""The program of this example: one class, served typed by GraphQL and REST, and kept in `programs`."""

from resources.programs.declared_program import DeclaredProgram
from resources.programs.modules import predict


class TriageTicket(DeclaredProgram):
    """Route a support ticket to the team that should answer it, and say how soon it needs an answer."""

    signature = (
        "ticket: str -> team: Literal['billing', 'technical', 'account', 'sales'], "
        "urgency: Literal['low', 'normal', 'high'], confidence: Probability"
    )
    module = predict()
