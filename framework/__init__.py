"""DSPex: declare a resource once; the table, the APIs, the jobs and the subscriptions follow from it."""

from framework.actions.query import Query
from framework.actions.request import Request
from framework.actions.step import Change
from framework.audit.extension import AUDIT
from framework.callers.authenticates import Authenticates
from framework.callers.caller import Caller
from framework.compiler.domain import Domain, compile_domain, problems_of
from framework.compiler.extension import Extension
from framework.context import Actor, Context
from framework.declare.actions import Action, Create, Destroy, Job, Read, Update, argument, keyset, offset
from framework.declare.attributes import Attr, attribute, created_at, primary_key, sequence_key, updated_at
from framework.declare.derived import average, calculate, count, exists, first, list_of, maximum, minimum, sum_of
from framework.declare.machine import state_machine
from framework.declare.policies import allow, bypass, changing, field, forbid, given, group
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import NotLoaded, Resource
from framework.declare.rules import check, exclude, identity, index, retention
from framework.declare.tenancy import by_column
from framework.declare.verbs import verb
from framework.errors import (
    Conflict,
    DeclarationError,
    Failure,
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from framework.expr.build import Expr, actor, argument_value, moment
from framework.jobs.control import cancel_job, pause_job, resume_job
from framework.jobs.enqueue import enqueue
from framework.spec.action import ActionKind, RetrySpec, Scope
from framework.spec.layer import LayerRef
from framework.spec.relationship import OnDelete
from framework.standard import STANDARD
from framework.types.resolve import Vector
from framework.types.versioned import Upgrade, Versioned

__all__ = [
    "AUDIT",
    "STANDARD",
    "Action",
    "ActionKind",
    "Actor",
    "Attr",
    "Authenticates",
    "Caller",
    "Change",
    "Conflict",
    "Context",
    "Create",
    "DeclarationError",
    "Destroy",
    "Domain",
    "Expr",
    "Extension",
    "Failure",
    "Forbidden",
    "Invalid",
    "Job",
    "LayerRef",
    "Many",
    "NotFound",
    "NotLoaded",
    "OnDelete",
    "One",
    "Query",
    "Read",
    "Request",
    "Resource",
    "RetrySpec",
    "Scope",
    "Unauthenticated",
    "Unavailable",
    "Update",
    "Upgrade",
    "Vector",
    "Versioned",
    "actor",
    "allow",
    "argument",
    "argument_value",
    "attribute",
    "average",
    "belongs_to",
    "by_column",
    "bypass",
    "calculate",
    "cancel_job",
    "changing",
    "check",
    "compile_domain",
    "count",
    "created_at",
    "enqueue",
    "exclude",
    "exists",
    "field",
    "first",
    "forbid",
    "given",
    "group",
    "has_many",
    "identity",
    "index",
    "keyset",
    "list_of",
    "maximum",
    "minimum",
    "moment",
    "offset",
    "pause_job",
    "primary_key",
    "problems_of",
    "resume_job",
    "retention",
    "sequence_key",
    "state_machine",
    "sum_of",
    "updated_at",
    "verb",
]
