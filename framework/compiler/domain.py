"""A domain: the closed set of resources, declared; and its compilation, all mistakes at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from framework.compiler.extension import Extension, Transformer, Verifier
from framework.compiler.policies.kept_base_filters import kept_base_filters
from framework.compiler.policies.named_actions import every_action_named, named_actions
from framework.compiler.policies.policies_in_vain import policies_in_vain
from framework.compiler.policies.policies_of_records import policies_of_records
from framework.compiler.policies.possible_field_policies import possible_field_policies
from framework.compiler.policies.reading import read_policies
from framework.compiler.policies.typed_policies import typed_policies
from framework.compiler.reading import read_resource
from framework.compiler.tenancies.carried import carried_tenancies
from framework.compiler.tenancies.sound_tenancies import sound_tenancies
from framework.compiler.transformers.foreign_keys import foreign_keys
from framework.compiler.transformers.inverse_relationships import inverse_relationships
from framework.compiler.transformers.transitions import transitions
from framework.compiler.verifiers.accepted_fields import accepted_fields
from framework.compiler.verifiers.columns_as_said import columns_as_said
from framework.compiler.verifiers.distinct_names import distinct_names
from framework.compiler.verifiers.dropped_names import dropped_names
from framework.compiler.verifiers.ending_derivations import ending_derivations
from framework.compiler.verifiers.fillable_creates import fillable_creates
from framework.compiler.verifiers.lasting_values import lasting_values
from framework.compiler.verifiers.matching_keys import matching_keys
from framework.compiler.verifiers.moves_have_actions import moves_have_actions
from framework.compiler.verifiers.named_attributes import named_attributes
from framework.compiler.verifiers.one_primary_key import one_primary_key
from framework.compiler.verifiers.partitioned_records import partitioned_records
from framework.compiler.verifiers.possible_actions import possible_actions
from framework.compiler.verifiers.relationship_targets import relationship_targets
from framework.compiler.verifiers.removable_records import removable_records
from framework.compiler.verifiers.renamed_names import renamed_names
from framework.compiler.verifiers.reserved_names import reserved_names
from framework.compiler.verifiers.rules_of_one_record import rules_of_one_record
from framework.compiler.verifiers.steps_have_records import steps_have_records
from framework.compiler.verifiers.stored_calculations import stored_calculations
from framework.compiler.verifiers.typed_expressions import typed_expressions
from framework.compiler.verifiers.valid_defaults import valid_defaults
from framework.declare.policies import Policy
from framework.declare.resource import Resource
from framework.errors import DeclarationError, Problem, Source
from framework.spec.action import VerbRef
from framework.spec.domain import DomainSpec
from framework.spec.layer import LayerRef
from framework.spec.resource import ResourceSpec

TRANSFORMERS: tuple[Transformer, ...] = (foreign_keys, carried_tenancies, inverse_relationships, transitions)
VERIFIERS: tuple[Verifier, ...] = (
    one_primary_key,
    reserved_names,
    distinct_names,
    relationship_targets,
    matching_keys,
    columns_as_said,
    named_attributes,
    sound_tenancies,
    typed_expressions,
    ending_derivations,
    rules_of_one_record,
    lasting_values,
    stored_calculations,
    valid_defaults,
    accepted_fields,
    possible_actions,
    moves_have_actions,
    steps_have_records,
    removable_records,
    partitioned_records,
    renamed_names,
    dropped_names,
    named_actions,
    typed_policies,
    policies_of_records,
    policies_in_vain,
    possible_field_policies,
    kept_base_filters,
)
# What is asked of a domain that is sound otherwise: something unreadable would only seem to be lacking.
VERIFIERS_OF_WHAT_LACKS: tuple[Verifier, ...] = (fillable_creates, every_action_named)


@dataclass(frozen=True, slots=True)
class Domain:
    """Resources and extensions, listed by hand.

    `after_migrate` names verbs that run once the tables stand, `commands` the functions that are commands of `dspex`
    too. `layers` are what its verbs have carry out calls, besides the database: `session.layers[LM]`. `migrations` is
    the package, such as `shop.migrations`, whose folder keeps the steps of its tables, and `schema` the schema of the
    database that they are in, where it is not the first of the search path. `dropped` names resources that are
    declared no longer, and may go with all their records. With `comments`, docstrings and `doc=` are the comments of
    its tables and columns. `authenticates` names what says who calls, an `Authenticates`; of the domains that a process
    serves, one has it. `policies` are the rules for resources that declare none.
    """

    name: str
    resources: Sequence[type[Resource]] = ()
    extensions: Sequence[Extension] = ()
    after_migrate: Sequence[VerbRef] = ()
    commands: Sequence[VerbRef] = ()
    layers: Sequence[LayerRef[Any]] = ()
    migrations: str | None = None
    schema: str | None = None
    dropped: Sequence[str] = ()
    comments: bool = False
    authenticates: VerbRef | None = None
    policies: Sequence[Policy] = ()


@dataclass(slots=True)
class _Read:
    """The resources of a domain as they were read. `whole` unless a link was lost."""

    specs: dict[str, ResourceSpec] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    whole: bool = True


def compile_domain(*domains: Domain) -> DomainSpec:
    """One spec of all the domains given, as one process serves them; raises DeclarationError.

    Extensions are asked once everything else is sound, so none of them meets a link that leads nowhere.
    """
    extensions = list({e.name: e for domain in domains for e in domain.extensions}.values())
    brought = {record: e.name for e in extensions for record in e.resources}
    read = _read(_homes(domains), brought)
    after_migrate = tuple(chain.from_iterable(d.after_migrate for d in domains))
    dropped = tuple(dict.fromkeys(chain.from_iterable(d.dropped for d in domains)))
    layers = tuple(dict.fromkeys(chain.from_iterable(d.layers for d in domains)))
    callers = {domain.authenticates: domain.name for domain in domains if domain.authenticates is not None}
    name, hook = "+".join(domain.name for domain in domains), next(iter(callers), None)
    spec = DomainSpec(name, read.specs, after_migrate, layers, dropped, hook)
    problems = [*read.problems, *_one_hook(callers)]
    if read.whole:
        spec = _transformed(spec, TRANSFORMERS)
        problems.extend(_objections(spec, VERIFIERS))
    if not problems:
        problems.extend(_objections(spec, VERIFIERS_OF_WHAT_LACKS))
        spec = _transformed(spec, chain.from_iterable(e.transformers for e in extensions))
        problems.extend(_objections(spec, chain.from_iterable(e.verifiers for e in extensions)))
    if problems:
        raise DeclarationError(_in_order(problems, spec))
    return spec


def problems_of(*domains: Domain) -> tuple[Problem, ...]:
    """Every mistake in the domains; none when they compile."""
    try:
        compile_domain(*domains)
    except DeclarationError as error:
        return error.problems
    return ()


def _homes(domains: Sequence[Domain]) -> dict[type[Resource], Domain]:
    """The domain of each resource, the first that lists it: itself, or after those the extension that brings it."""
    homes: dict[type[Resource], Domain] = {}
    for domain in domains:
        for record in domain.resources:
            homes.setdefault(record, domain)
    for domain in domains:
        for record in chain.from_iterable(extension.resources for extension in domain.extensions):
            homes.setdefault(record, domain)
    return homes


def _read(homes: Mapping[type[Resource], Domain], brought: Mapping[type[Resource], str]) -> _Read:
    read, records = _Read(), [*homes]
    for stranger in (one for one in records if not _is_resource(one)):
        says = f"`{stranger!r}` is not a class of the kind `Resource`"
        read.problems.append(Problem(Source("<domain>", 0), "resources", says, "list the classes themselves"))
    by_name = {record.__name__: record for record in records if _is_resource(record)}
    for record in filter(_is_resource, records):
        reading = read_resource(record, by_name)
        read.problems.extend(reading.problems)
        read.whole = read.whole and reading.whole
        spec = replace(reading.spec(), domain=homes[record].name, schema=homes[record].schema)
        # What all domains share is held by the rules of any of them.
        ruled = [domain for domain in homes.values() if domain.policies] if record in brought else []
        ruling = next(iter(ruled), homes[record])
        rules = read_policies(record, ruling.name, ruling.policies)
        read.problems.extend(rules.problems)
        spec = replace(spec, commented=homes[record].comments, brought=record in brought, **rules.parts())
        if (first := read.specs.get(spec.name)) is not None and record in brought:
            says = f"the extension `{brought[record]}` brings a resource of this name"
            read.problems.append(Problem(first.source, spec.name, says, "call yours otherwise"))
        elif first is not None:
            says = f"another resource of the domain has this name, at {first.source}"
            read.problems.append(Problem(spec.source, spec.name, says, "rename one of them"))
        read.specs[spec.name] = spec
    return read


def _one_hook(callers: Mapping[VerbRef, str]) -> Iterable[Problem]:
    """Who calls is said by one: where two differed, a stranger to one would be let in by the other."""
    if len(callers) > 1:
        named = " and ".join(f"`{hook}` of {domain}" for hook, domain in callers.items())
        hint = "a process serves domains with one hook: leave it out in all but one"
        yield Problem(Source("<domain>", 0), "authenticates", f"two hooks say who calls: {named}", hint)


def _is_resource(listed: object) -> bool:
    return isinstance(listed, type) and issubclass(listed, Resource)


def _transformed(spec: DomainSpec, transformers: Iterable[Transformer]) -> DomainSpec:
    for transform in transformers:
        spec = transform(spec)
    return spec


def _objections(spec: DomainSpec, verifiers: Iterable[Verifier]) -> Iterable[Problem]:
    return chain.from_iterable(verify(spec) for verify in verifiers)


def _in_order(problems: Iterable[Problem], spec: DomainSpec) -> list[Problem]:
    """Each once, in the order of the resources and then of the lines, as an author reads them."""
    place = {name: position for position, name in enumerate(spec.resources)}
    return sorted(
        dict.fromkeys(problems),
        key=lambda problem: (place.get(problem.path.partition(".")[0], len(place)), problem.at.line),
    )
