from framework.suggest import did_you_mean


def test_a_close_name_is_suggested_and_a_distant_one_is_not() -> None:
    assert did_you_mean("titel", ["body", "title"]) == "did you mean `title`?"
    assert did_you_mean("xyz", ["body", "title"]) is None
    assert did_you_mean("title", []) is None
