"""The bank of questions and the questionnaires of ours: whole in three languages, and fit for before and after."""

from collections import Counter

import pytest
from django.utils import translation

from accounts.models import Language
from engagements.models import Theme
from evaluations.bank import BANK, GOALS, SHIPPED, SUBJECTS, THEMES, questions_of
from evaluations.models import QuestionnaireKind
from evaluations.questionnaires import rules
from evaluations.questions import Indicator, Kind, Question

#: How many questions of each theme and subject there are. Their keys stay: a new one is numbered on.
NUMBERED = {
    "learning": 4, "wellbeing": 5, "fluency": 5, "quality": 4, "meaning": 4, "dialogue": 4, "identity": 5,
    "strategy": 5, "together": 4, "session": 4, "words": 3, "orderer": 8, "self": 10,
}  # fmt: skip
KEYS = {f"bank.{name}.{number}" for name, most in NUMBERED.items() for number in range(1, most + 1)} | {"bank.goals"}
WORK = [item for items in THEMES.values() for item in items]


def test_the_keys_of_the_bank_stay() -> None:
    assert set(BANK) == KEYS
    assert len(BANK) == len(WORK) + sum(len(items) for _key, _label, items in SUBJECTS) + 1


@pytest.mark.parametrize("theme", Theme)
def test_every_theme_has_questions(theme: Theme) -> None:
    assert len(THEMES[theme]) >= 2
    assert all(item.theme == theme for item in THEMES[theme])


@pytest.mark.parametrize("indicator", Indicator)
def test_every_indicator_has_questions_about_the_work(indicator: Indicator) -> None:
    assert sum(item.indicator == indicator for item in WORK) >= 1


def test_every_question_is_whole_in_three_languages() -> None:
    for item in BANK.values():
        text = item.question.text
        assert set(text) == set(Language.values)
        assert len(set(text.values())) == len(text), item.key
        assert all(0 < len(words) <= rules.LONGEST_QUESTION for words in text.values()), item.key
        rules.check_question(item.question)


def test_no_two_questions_say_the_same() -> None:
    said = Counter(words for item in BANK.values() for words in item.question.text.values())
    assert [words for words, count in said.items() if count > 1] == []


def test_what_is_asked_on_a_scale_fits_its_ends() -> None:
    """Not at all … very much."""
    begins = {"fi": "Kuinka paljon", "sv": "Hur mycket", "en": "How much"}
    for item in BANK.values():
        if item.kind == Kind.SCALE:
            assert all(item.question.text[language].startswith(words) for language, words in begins.items()), item.key


def test_statements_are_statements_and_questions_are_questions() -> None:
    for item in BANK.values():
        ends = "." if item.kind == Kind.AGREE else "?"
        assert all(words.endswith(ends) for words in item.question.text.values()), item.key


def test_nobody_is_asked_about_their_health_or_sick_leaves() -> None:
    for item in BANK.values():
        words = " ".join(item.question.text.values()).lower()
        assert not any(part in words for part in ("sick", "health", "sairau", "terve", "sjuk", "hälsa")), item.key


def test_the_words_do_not_follow_the_language_of_who_asks() -> None:
    asked = questions_of(SHIPPED["baseline"])
    with translation.override("sv"):
        assert questions_of(SHIPPED["baseline"]) == asked


# --- the questionnaires ---------------------------------------------------------------------------------------------


def asked_in(key: str) -> list[Question]:
    return questions_of(SHIPPED[key])


def test_there_is_one_for_each_occasion() -> None:
    assert list(SHIPPED) == [kind.value for kind in QuestionnaireKind]
    assert len({shipped.name for shipped in SHIPPED.values()}) == len(SHIPPED)


@pytest.mark.parametrize("key", SHIPPED)
def test_a_questionnaire_is_short_enough_for_a_phone(key: str) -> None:
    questions = asked_in(key)
    rules.check(questions)
    assert len(questions) <= 12
    assert key != "session" or [question.kind for question in questions] == [Kind.SCALE] * 4


def test_before_and_after_ask_the_same_with_every_theme_once() -> None:
    about = {key: [one for one in asked_in(key) if one.theme] for key in ("baseline", "interim", "final")}
    assert about["baseline"] == about["interim"] == about["final"]
    assert Counter(question.theme for question in about["baseline"]) == Counter(Theme.values)


@pytest.mark.parametrize("key", ["interim", "final"])
def test_interim_and_final_ask_about_co_operation_goals_and_own_words(key: str) -> None:
    questions = asked_in(key)
    assert GOALS.key in [question.key for question in questions]
    assert any(question.key.startswith("bank.together.") for question in questions)
    assert questions[-1].kind == Kind.TEXT


def test_the_baseline_asks_what_is_hoped_for_and_nothing_about_supervision_yet() -> None:
    questions = asked_in("baseline")
    assert questions[-1].key == "bank.words.1"
    assert not any(question.key.startswith("bank.together.") or question.kind == Kind.GOALS for question in questions)
