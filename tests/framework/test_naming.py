import pytest

from framework import naming


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("LanguageModel", "language_model"),
        ("totalCount", "total_count"),
        ("triage-ticket", "triage_ticket"),
        ("HTTPServer", "http_server"),
        ("GPT4Model", "gpt4_model"),
        ("name", "name"),
    ],
)
def test_a_name_in_snake_case(name: str, snake: str) -> None:
    assert naming.snake(name) == snake


def test_the_other_cases_follow_from_snake_case() -> None:
    assert naming.camel("language_model") == "languageModel"
    assert naming.pascal("language_model") == "LanguageModel"
    assert naming.kebab("LanguageModel") == "language-model"


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("note", "notes"),
        ("api_key", "api_keys"),
        ("y", "ys"),
        ("category", "categories"),
        ("batch", "batches"),
        ("class", "classes"),
        ("box", "boxes"),
        ("person", "people"),
        ("run_status", "run_statuses"),
        ("analysis", "analyses"),
        ("criterion", "criteria"),
    ],
)
def test_the_plural_of_the_last_word(one: str, many: str) -> None:
    assert naming.plural(one) == many


def test_names_of_the_database() -> None:
    assert naming.table_name("LanguageModel") == "language_models"
    assert naming.foreign_key_name("program") == "program_id"
    assert naming.constraint_name("uq", "programs", "slug") == "uq_programs_slug"


def test_a_constraint_name_too_long_for_postgres_ends_in_a_digest() -> None:
    long, other = (naming.constraint_name("uq", "programs", "x" * 80 + end) for end in "ab")
    assert len(long) == len(other) == naming.MAX_IDENTIFIER
    assert long != other
    assert naming.constraint_name("uq", "programs", "x" * 80 + "a") == long


def test_names_of_the_transports() -> None:
    assert naming.collection_field("LanguageModel") == "languageModels"
    assert naming.record_field("LanguageModel") == "languageModel"
    assert naming.collection_path("LanguageModel") == "language-models"
    assert naming.event_type("Optimization", "start") == "optimization.start"


def test_a_mutation_is_named_for_its_action_and_resource_once() -> None:
    assert naming.mutation_field("Program", "execute") == "executeProgram"
    assert naming.mutation_field("Program", "create_program") == "createProgram"
    assert naming.mutation_field("Dataset", "import_examples") == "importDatasetExamples"
