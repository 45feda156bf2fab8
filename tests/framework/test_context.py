import json
from uuid import UUID

from framework.context import Actor, Context


def test_a_context_without_an_actor_is_nobodys() -> None:
    context = Context()
    assert context.actor is None
    assert context.request_id != Context().request_id


def test_a_context_is_kept_for_a_job_as_json() -> None:
    context = Context(Actor("user", "7"))
    kept = json.loads(json.dumps(context.to_json()))
    again = Context.from_json(kept)
    assert again == context


def test_the_facts_of_whoever_asked_for_a_job_are_not_kept() -> None:
    actor = Actor("user", "7", {"admin": True, "teams": ["a", "b"]})
    assert Context.from_json(Context(actor).to_json()).actor == Actor("user", "7")
    assert "admin" not in json.dumps(Context(actor).to_json())


def test_a_context_of_nobody_is_kept_too() -> None:
    kept = Context().to_json()
    assert kept["actor"] is None
    assert Context.from_json(kept).actor is None
    assert UUID(kept["request_id"]).version == 7
