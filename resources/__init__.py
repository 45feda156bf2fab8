"""The platform: every resource and extension, listed by hand."""

from framework.audit.extension import AUDIT
from framework.compiler.domain import Domain
from framework.declare.policies import allow
from framework.declare.verbs import verb
from framework.expr.build import actor
from framework.lm.layer import LM
from framework.standard import STANDARD
from resources.accounts.api_key import ApiKey
from resources.accounts.browser_session import BrowserSession
from resources.accounts.membership import Membership
from resources.accounts.project import Project
from resources.accounts.user import User
from resources.datasets.dataset import Dataset
from resources.datasets.dataset_import import DatasetImport
from resources.datasets.example import Example
from resources.evaluations.evaluation import Evaluation
from resources.evaluations.metric import Metric
from resources.executions.execution import Execution
from resources.language_models.language_model import LanguageModel
from resources.optimizations.optimization import Optimization
from resources.optimizations.recorded_call import RecordedCall
from resources.optimizations.trial import Trial
from resources.programs.program import Program
from resources.programs.signature import Signature
from resources.programs.version import ProgramVersion

PLATFORM = Domain(
    "platform",
    resources=(
        Project,
        User,
        Membership,
        ApiKey,
        BrowserSession,
        LanguageModel,
        Signature,
        Program,
        ProgramVersion,
        Dataset,
        Example,
        DatasetImport,
        Execution,
        Metric,
        Evaluation,
        Optimization,
        Trial,
        RecordedCall,
    ),
    extensions=(*STANDARD, AUDIT),
    after_migrate=(verb("resources.seeding:seed"), verb("resources.programs.sync_declared")),
    commands=(
        verb("resources.cli.demo"),
        verb("resources.cli.execute"),
        verb("resources.cli.evaluate"),
        verb("resources.cli.explain"),
        verb("resources.cli.optimize"),
        verb("resources.cli.import_file:import_"),
        verb("resources.cli.carry_program:import_program"),
        verb("resources.cli.carry_program:export_program"),
        verb("resources.cli.keys:key"),
        verb("resources.cli.users:user"),
        verb("resources.cli.members:member"),
    ),
    layers=(LM,),
    migrations="migrations.versions",
    policies=[allow().when(actor("is_owner") == True)],  # noqa: E712 - an expression
    authenticates=verb("resources.accounts.callers.callers:PlatformCallers"),
)
