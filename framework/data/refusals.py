"""What a store refuses, as failures of ours: the same from every layer, to the code, path and wording."""

from __future__ import annotations

from framework.errors import Conflict, Failure, Invalid, Issue, Unavailable
from framework.naming import snake
from framework.spec.attribute import CheckSpec, ExclusionSpec, IdentitySpec, names_in
from framework.spec.resource import ResourceSpec

RETRYABLE = "retryable"
# It is away, or others hold what was needed.
HELD_UP = frozenset({"database_unavailable", "record_locked", "table_busy"})


def missing(attribute: str) -> Invalid:
    """A value that has to be there is not."""
    return Invalid(f"`{attribute}` is required", code="missing", path=(attribute,))


def out_of_limits(attribute: str, issue: Issue | None = None) -> Invalid:
    """A value outside of the limits of its type."""
    says = "breaks the limits of its type" if issue is None else issue.message
    return Invalid(f"`{attribute}`: {says}", code="check_failed", path=(attribute,))


def out_of_range(attribute: str, says: str) -> Invalid:
    """A value that no store can hold, whatever its limits."""
    return Invalid(f"`{attribute}` cannot be stored: {says}", code="out_of_range", path=(attribute,))


def check_failed(check: CheckSpec) -> Invalid:
    """A condition on the stored values does not hold."""
    return Invalid(check.message or f"the rule `{check.name}` is broken", code="check_failed")


def key_taken(spec: ResourceSpec) -> Conflict:
    """Another record has this primary key."""
    name = spec.key.name
    return Conflict(f"another {_word(spec)} has this `{name}`", code="taken", path=(name,))


def taken(spec: ResourceSpec, identity: IdentitySpec) -> Conflict:
    """Another record has these values."""
    names = ", ".join(f"`{name}`" for name in identity.attributes)
    says = identity.message or f"another {_word(spec)} has this {names}"
    return Conflict(says, code="taken", path=(identity.attributes[-1],))


def overlaps(spec: ResourceSpec, exclusion: ExclusionSpec) -> Conflict:
    """Another record shares these values at the same time."""
    names = ", ".join(f"`{name}`" for name in names_in(*exclusion.parts))
    of = f"another {_word(spec)} of this {names}" if names else f"another {_word(spec)}"
    says = exclusion.message or f"{of} overlaps, from `{exclusion.start}` to `{exclusion.end}`"
    return Conflict(says, code="overlaps", path=(exclusion.start,))


def ends_before(exclusion: ExclusionSpec) -> Invalid:
    """A span that ends before it starts."""
    return Invalid(f"`{exclusion.end}` {not_before(exclusion)}", code="check_failed", path=(exclusion.end,))


def not_before(exclusion: ExclusionSpec) -> str:
    """What an end has to be."""
    return f"must not be less than `{exclusion.start}`"


def no_such_record(attribute: str, target: ResourceSpec) -> Invalid:
    """A key of a record that is not there."""
    return Invalid(f"`{attribute}`: there is no such {_word(target)}", code="no_such_record", path=(attribute,))


def in_use(spec: ResourceSpec, holder: ResourceSpec, key: object) -> Conflict:
    """The record of this key, which others hold, cannot go."""
    return Conflict(
        f"some {_word(holder)} still uses the {_word(spec)}",
        code="in_use",
        params={"resource": holder.name, "target": spec.name, "id": str(key)},
        hint=f"delete or move what uses the {_word(spec)} first",
    )


def in_the_way(reason: str) -> Conflict:
    """Another transaction made this one give up."""
    return Conflict(
        "another transaction changed the same records at the same time",
        code=RETRYABLE,
        params={"reason": reason},
        hint="try again",
    )


def may_pass(failure: Failure) -> bool:
    """Whether the failure is about the moment and not about what was asked: another try may succeed."""
    return isinstance(failure, Unavailable) or gave_way(failure)


def gave_way(failure: Failure) -> bool:
    """Whether another transaction was in the way, which may be over by now."""
    return failure.issues[0].code == RETRYABLE


def held_up(failure: BaseException) -> bool:
    """Whether the store refuses it for the moment, whatever was asked."""
    return isinstance(failure, Unavailable) and failure.issues[0].code in HELD_UP


def transaction_failed(failed: BaseException) -> Failure:
    """A statement in the transaction has failed and was caught, but not in a savepoint; worth a new try if that was."""
    kind = type(failed) if isinstance(failed, Failure) else Conflict
    return kind(
        f"the transaction has failed, so nothing more can be done in it: {str(failed) or 'a statement was cut off'}",
        code=RETRYABLE if isinstance(failed, Failure) and gave_way(failed) else "transaction_failed",
        hint="put what may fail in `async with session.savepoint():`, or let its failure end the transaction",
    )


def _word(spec: ResourceSpec) -> str:
    return snake(spec.name).replace("_", " ")


def unreadable(spec: ResourceSpec, key: object, attribute: str | None, says: str) -> Conflict:
    """A stored value that its type, as declared today, does not read; no key where it is not known whose it is."""
    which = f"`{spec.name}`" if attribute is None else f"`{spec.name}.{attribute}`"
    whose = "a record" if key is None else f"the record {key}"
    facts = {"resource": spec.name, "attribute": attribute, "id": None if key is None else str(key)}
    return Conflict(
        f"what is stored of {which} in {whose} does not read as it is declared today: {says}",
        code="stored_value_unreadable",
        params={name: fact for name, fact in facts.items() if fact is not None},
        hint="dspex check --data tells of all such records; give the model a default or an upgrade, or mend the record",
    )
