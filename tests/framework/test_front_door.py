import json
import subprocess
import sys

import framework

HEAVY = ("sqlalchemy", "strawberry", "fastapi", "celery", "dspy")


def test_the_front_door() -> None:
    assert framework.__all__ == [
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


def test_the_front_door_is_sorted_and_every_name_is_behind_it() -> None:
    assert framework.__all__ == sorted(framework.__all__, key=lambda name: (not name.isupper(), name))
    assert [name for name in framework.__all__ if not hasattr(framework, name)] == []


def test_declaring_loads_none_of_the_heavy_libraries() -> None:
    program = "import json, sys, framework; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(ran.stdout)}
    assert loaded.isdisjoint(HEAVY)
