from framework.actions.request import Call, Request
from tests.framework.actions.parcels import PARCELS


def test_no_input_of_a_call_is_printed_with_it() -> None:
    called = Call(PARCELS.action("Parcel", "edit"), {"pin": "hush"}, 7)
    assert "hush" not in repr(called) + repr(Request({"pin": "hush"}, 7))
    assert "7" in repr(called)
