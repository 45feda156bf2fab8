"""Who may: by the role that one has in the project of a record, or as an owner of the installation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from framework.declare.policies import Named, Policy, Rule, allow, bypass, forbid
from framework.expr.build import Expr, actor
from framework.spec.action import ActionKind


class Role(StrEnum):
    """What one is in a project."""

    OWNER = "owner"
    MAINTAINER = "maintainer"
    DEVELOPER = "developer"
    OPERATOR = "operator"
    ANNOTATOR = "annotator"
    VIEWER = "viewer"


OWNERS = (Role.OWNER,)
MAINTAINERS = (Role.OWNER, Role.MAINTAINER)
# Who changes what answers, who sees to it that it answers, who asks it, and who says what is right.
DEVELOPERS = (*MAINTAINERS, Role.DEVELOPER)
OPERATORS = (*MAINTAINERS, Role.OPERATOR)
USERS = (*MAINTAINERS, Role.DEVELOPER, Role.OPERATOR)
ANNOTATORS = (*MAINTAINERS, Role.DEVELOPER, Role.ANNOTATOR)
MEMBERS = tuple(Role)


@dataclass(frozen=True, slots=True)
class InProject:
    """The actor has one of the roles in a project, and no key of theirs is for another one."""

    project: Any
    roles: Sequence[Role]

    def says(self) -> str:
        """The condition in words."""
        if tuple(self.roles) == MEMBERS:
            return "the actor is a member of its project"
        *others, last = self.roles
        return f"the actor is {', '.join(others)}{' or ' if others else ''}{last} of its project"

    def condition(self, record: Any) -> Expr[bool]:
        """The condition on a record of the class."""
        roles = tuple(self.roles)
        member: Expr[bool] = self.project.memberships.any(
            lambda each: (each.user_id == actor("user_id")) & each.role.one_of(roles)
        )
        narrowed: Expr[bool] = actor("project_id").is_null() | (self.project.id == actor("project_id"))
        return member & narrowed


def owners_may_everything() -> Rule:
    """Owners of the installation are asked nothing else."""
    return bypass(actor("is_owner") == True)  # noqa: E712 - an expression


def members_read(project: Any) -> list[Policy]:
    """Whoever is a member of the project reads what belongs to it; owners of the installation may everything."""
    return [owners_may_everything(), allow(ActionKind.READ).when(InProject(project, MEMBERS))]


def in_project(project: Any, roles: Sequence[Role], *actions: Named) -> Rule:
    """These actions are allowed to whoever has one of the roles in the project."""
    return allow(*actions).when(InProject(project, roles))


def by_the_system_alone(*actions: Named) -> Rule:
    """These actions are what the installation does by itself."""
    return forbid(*actions).because("the installation does this by itself")
