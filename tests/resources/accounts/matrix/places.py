"""Two projects, alike in everything, and a record of every kind in each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from framework.actions.query import Query
from framework.actions.request import Request
from framework.actions.session import Session
from framework.expr.nodes import equals
from framework.spec.action import ActionKind
from resources.accounts.membership import Membership
from resources.accounts.project import Project
from resources.accounts.roles import Role
from resources.accounts.user import User
from resources.datasets.dataset import Dataset
from resources.evaluations.evaluation import Evaluation
from resources.evaluations.metric import Metric
from resources.executions.execution import Execution
from resources.language_models.language_model import LanguageModel
from resources.optimizations.optimization import Optimization
from resources.optimizations.trial import Trial
from resources.programs.program import Program
from resources.programs.signature import Signature
from tests.installation.making import EXACT, TEXT, unique
from tests.installation.tickets import tickets

Place = Mapping[str, Any]
ERROR = {"code": "ended", "message": "the test has ended it"}


async def a_place(system: Session) -> Place:
    """A project with somebody in it, and a record of each resource by the name of that."""
    project = (await system.create(Project.create, {"slug": unique("place"), "name": "A place"})).id
    user = await system.create(User.register, {"email": f"{unique('bea')}@example.com"})
    membership = await system.create(Membership.add, {"user_id": user.id, "project_id": project, "role": Role.VIEWER})
    key = await _performed(system, "ApiKey.issue", name="bea's", user_id=user.id)
    model = {"project_id": project, "name": unique("model"), "provider": "offline", "model": "in-context"}
    found: dict[str, Any] = {
        "Project": project,
        "User": user.id,
        "Membership": membership.id,
        "ApiKey": key.id,
        "LanguageModel": (await system.create(LanguageModel.create, model)).id,
    }
    found |= await _program(system, project)
    return {**found, **await _runs(system, found)}


async def _program(system: Session, project: UUID) -> Place:
    signature = await system.create(Signature.create, {"project_id": project, "name": unique("sig"), "text": TEXT})
    given = {"project_id": project, "slug": unique("program"), "name": "P", "signature_id": signature.id}
    program = await system.create(Program.create, given)
    dataset = await system.create(Dataset.create, {"project_id": project, "name": unique("tickets")})
    await system.run(Dataset.import_examples, {"content": tickets()}, dataset.id)
    metric = await system.create(Metric.create, {"project_id": project, "name": unique("metric"), "definition": EXACT})
    return {
        "Signature": signature.id,
        "Program": program.id,
        "ProgramVersion": await _first(system, "ProgramVersion", program_id=program.id),
        "Dataset": dataset.id,
        "Example": await _first(system, "Example", dataset_id=dataset.id),
        "Metric": metric.id,
    }


async def _runs(system: Session, place: Place) -> Place:
    """An evaluation and a search that have ended, what these left, and a job."""
    subject = {"program_id": place["Program"], "dataset_id": place["Dataset"], "metric_id": place["Metric"]}
    evaluation = await system.create(Evaluation.start, subject)
    job = await _first(system, "Job", target_id=str(evaluation.id))
    await system.update(Evaluation.fail, evaluation.id, {"error": ERROR})
    search = await system.create(Optimization.start, {**subject, "optimizer": "labeled_few_shot"})
    await system.update(Optimization.fail, search.id, {"error": ERROR})
    trial = {"optimization_id": search.id, "number": 1, "trials": 1, "size": 1, "fidelity": "full"}
    program = await system.get(Program, place["Program"])
    asked = {"program_id": program.id, "version_id": place["ProgramVersion"], "model_id": program.model_id}
    return {
        "Evaluation": evaluation.id,
        "Optimization": search.id,
        "Job": job,
        "Trial": (await system.create(Trial.record, trial)).id,
        "Execution": (await system.create(Execution.begin, {**asked, "inputs": {}})).id,
    }


async def _performed(system: Session, action: str, **given: Any) -> Any:
    resource, _, name = action.partition(".")
    (made,) = await system.perform(system.domain.action(resource, name), [Request(given)])
    return made


async def _first(system: Session, resource: str, **values: Any) -> Any:
    spec = system.domain.resources[resource]
    (read, *_) = (action for action in spec.actions.values() if action.kind is ActionKind.READ)
    where = Query().limited(1).where(equals(**values))
    (found, *_) = (await system.page(read, where)).records
    return found[spec.key.name]
