"""Which role a group has in which project: `engineers=default:developer,leads=default:maintainer`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from framework.errors import Invalid
from resources.accounts.roles import Role

# The most that any group gives counts.
BY_RANK = list(Role)


@dataclass(frozen=True, slots=True)
class GroupRoles:
    """For each group, its role in each project."""

    granted: Mapping[str, Mapping[str, Role]]

    @property
    def any(self) -> bool:
        """Whether groups have roles at all."""
        return bool(self.granted)

    @property
    def projects(self) -> set[str]:
        """The projects that are spoken of."""
        return {project for roles in self.granted.values() for project in roles}

    def of(self, groups: Collection[str]) -> dict[str, Role]:
        """The role in each project of somebody in these groups."""
        found: dict[str, Role] = {}
        for group in groups:
            for project, role in self.granted.get(group, {}).items():
                found[project] = min(role, found.get(project, role), key=BY_RANK.index)
        return found


def group_roles(text: str) -> GroupRoles:
    """As they are set; raises Invalid."""
    granted: dict[str, dict[str, Role]] = {}
    for part in (part.strip() for part in text.split(",") if part.strip()):
        group, _, rest = part.rpartition("=")
        project, _, role = rest.partition(":")
        if not group or not project or role not in {each.value for each in Role}:
            says = f"`{part}` is not written as group=project:role, with one of the roles {', '.join(Role)}"
            raise Invalid(says, code="oidc", path=("DSPEX_OIDC_ROLES",))
        granted.setdefault(group.strip(), {})[project.strip()] = Role(role)
    return GroupRoles(granted)
