"""Problems as RFC 9457 has them."""

from __future__ import annotations

import orjson

from framework.errors import Conflict, Invalid, Issue, Unavailable
from framework.rest.problems import problem, problem_response
from framework.wire.failures import present


def test_a_problem_has_every_part() -> None:
    failure = Conflict("it is taken", code="taken", path=("name",), params={"name": "A"}, hint="choose another")
    assert problem(present(failure), "/api/programs", inputs=("name",)) == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "it is taken",
        "instance": "/api/programs",
        "code": "taken",
        "errors": [
            {
                "code": "taken",
                "message": "it is taken",
                "pointer": "/name",
                "parameter": None,
                "field": "name",
                "params": {"name": "A"},
                "hint": "choose another",
            }
        ],
    }


def test_a_pointer_escapes_what_rfc_6901_says() -> None:
    failure = Invalid("x", path=(0, "meta", "a/b~c", 1))
    assert problem(present(failure), "/", inputs=())["errors"][0]["pointer"] == "/0/meta/a~1b~0c/1"


def test_an_input_may_have_the_name_of_a_parameter() -> None:
    failure = Invalid("x", path=("fields",))
    assert problem(present(failure), "/", inputs=("fields",))["errors"][0]["pointer"] == "/fields"
    assert problem(present(failure), "/", inputs=())["errors"][0]["parameter"] == "fields"


def test_params_that_are_no_json_are_said_as_text() -> None:
    failure = Invalid("x", params={"a": 1, "b": {1: 2}.keys(), "c": [1]})
    assert problem(present(failure), "/")["errors"][0]["params"] == {"a": 1, "b": "dict_keys([1])", "c": [1]}


def test_a_great_many_issues_are_cut_short() -> None:
    found = problem(present(Invalid.of(Issue("x", "wrong") for _ in range(500))), "/")
    assert (len(found["errors"]), found["detail"]) == (100, "wrong (and 499 more)")


def test_unavailable_asks_to_come_back() -> None:
    response = problem_response(present(Unavailable()), "/")
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    assert orjson.loads(response.body)["title"] == "Service Unavailable"
