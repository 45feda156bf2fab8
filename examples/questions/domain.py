"""Two ways to answer questions, beside the platform's.

DSPEX_DOMAINS=resources:PLATFORM,examples.questions.domain:QUESTIONS
DSPEX_ALLOWED_TOOLS='["examples.questions.passages:find", "examples.questions.two_hop:TwoHop"]'
"""

from examples.questions.answer_question import AnswerQuestion
from examples.questions.answer_two_hop import AnswerTwoHop
from framework.compiler.domain import Domain

QUESTIONS = Domain("questions", resources=(AnswerQuestion, AnswerTwoHop))
