"""Questionnaires of a practice through their pages: own versions, what was asked stays, and two at once."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from audit import asking
from evaluations.bank import SHIPPED, questions_of
from evaluations.models import Questionnaire, QuestionnaireKind, RoundState, Version
from evaluations.questionnaires import actions, editing, rules
from evaluations.questionnaires.actions import choices_for, version_for
from evaluations.questions import Kind, Option, Question
from tests.conftest import NOW
from tests.evaluation_story import make_round, make_version

Cast = Any
Enter = Callable[[Any], Client]
LIST = reverse("questionnaires:list")


@pytest.fixture
def mine(cast: Cast) -> Questionnaire:
    """The practice's own baseline, from ours."""
    asking.become(cast.lead)
    return actions.make(cast.practice, name="Alku, oma", kind="baseline", start="baseline", by=cast.lead, now=NOW)


def page(name: str, mine: Questionnaire, *more: str) -> str:
    return reverse(f"questionnaires:{name}", args=[mine.pk, *more])


def newest(cast: Cast, mine: Questionnaire) -> Version:
    asking.become(cast.lead)
    return editing.newest_of(Questionnaire.objects.get(pk=mine.pk))


def keys(cast: Cast, mine: Questionnaire) -> list[str]:
    return [question.key for question in newest(cast, mine).asked]


def rev(cast: Cast, mine: Questionnaire) -> str:
    asking.become(cast.lead)
    row = Questionnaire.objects.get(pk=mine.pk)
    return editing.rev_of(row, editing.newest_of(row))


def typed(cast: Cast, mine: Questionnaire, **fields: Any) -> dict[str, Any]:
    rows = {"options-TOTAL_FORMS": "0", "options-INITIAL_FORMS": "0"}
    return {"rev": rev(cast, mine), "kind": "agree", "fi": "Saan sanoa", **rows, **fields}


def options(*texts: str) -> dict[str, str]:
    rows = {f"options-{number}-fi": text for number, text in enumerate(texts)}
    return {"kind": "choice", "options-TOTAL_FORMS": str(len(texts)), "options-INITIAL_FORMS": "0", **rows}


def ask(cast: Cast, mine: Questionnaire) -> Version:
    """Open a round with its newest version."""
    version = newest(cast, mine)
    make_round(cast.engagement, cast.lead, version=version, kind=mine.kind)
    return version


# --- what can be asked ----------------------------------------------------------------------------------------------


def test_ours_come_first_then_the_own_ones_in_use(cast: Cast, mine: Questionnaire) -> None:
    actions.make(cast.practice, name="Aloitus", kind="baseline", start="", by=cast.lead, now=NOW)
    aside = actions.make(cast.practice, name="Aside", kind="baseline", start="session", by=cast.lead, now=NOW)
    actions.archive(aside, now=NOW)
    actions.make(cast.practice, name="Loppu", kind="final", start=str(mine.pk), by=cast.lead, now=NOW)

    found = choices_for(cast.practice, "baseline")

    assert [(each.value, each.shipped) for each in found] == [("baseline", True), (str(mine.pk), False)]
    assert [each.label for each in found] == ["Baseline evaluation", "Alku, oma"]


@pytest.mark.parametrize("kind", QuestionnaireKind)
def test_on_every_occasion_there_is_one_of_ours(cast: Cast, kind: str) -> None:
    asking.become(cast.lead)
    (choice,) = choices_for(cast.practice, kind)
    version = version_for(cast.practice, choice.value, by=cast.lead, now=NOW)
    assert version.questionnaire.kind == kind
    assert version.asked == [Question.of_json(each.as_json()) for each in questions_of(SHIPPED[kind])]


def test_one_of_ours_is_made_once_and_anew_only_when_its_words_have_changed(cast: Cast) -> None:
    asking.become(cast.lead)
    first = version_for(cast.practice, "session", by=cast.lead, now=NOW)
    with translation.override("sv"):
        assert version_for(cast.practice, "session", by=cast.lead, now=NOW) == first
    Version.objects.filter(pk=first.pk).update(questions=first.questions[:3])

    second = version_for(cast.practice, "session", by=cast.lead, now=NOW)

    assert (second.questionnaire, second.number) == (first.questionnaire, 2)
    assert version_for(cast.practice, "session", by=cast.lead, now=NOW) == second


def test_two_who_choose_one_of_ours_at_once_get_the_same(settled: Cast) -> None:
    found: list[Any] = []
    together = threading.Barrier(2)

    def choose(user: Any) -> None:
        with transaction.atomic():
            asking.become(user)
            together.wait(timeout=20)
            found.append(version_for(settled.practice, "final", by=user, now=NOW).pk)
        connections.close_all()

    threads = [threading.Thread(target=choose, args=[user]) for user in (settled.lead, settled.co_supervisor)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(found) == 2
    assert found[0] == found[1]


def test_what_is_no_choice_is_refused(cast: Cast, mine: Questionnaire) -> None:
    empty = actions.make(cast.practice, name="Tyhjä", kind="final", by=cast.lead, now=NOW)
    with asking.acting_as(cast.stranger):
        practice = cast.foreign_engagement.practice
        theirs = actions.make(practice, name="Vieras", kind="final", start="final", by=cast.stranger, now=NOW)
    shipped = version_for(cast.practice, "self", by=cast.lead, now=NOW).questionnaire_id
    actions.archive(mine, now=NOW)
    for value in ("", "nothing", str(uuid4()), str(empty.pk), str(theirs.pk), str(shipped), str(mine.pk), "\0"):
        with pytest.raises(ValidationError, match="no such questionnaire"):
            version_for(cast.practice, value, by=cast.lead, now=NOW)


# --- the list and the previews --------------------------------------------------------------------------------------


def test_the_list_shows_ours_and_the_own_ones_by_occasion(cast: Cast, enter: Enter, mine: Questionnaire) -> None:
    shown = enter(cast.co_supervisor).get(LIST).content.decode()
    assert "Alku, oma" in shown
    assert shown.count("Make your own version") == len(SHIPPED)
    assert "Alku, oma" not in enter(cast.stranger).get(LIST).content.decode()


@pytest.mark.parametrize("key", SHIPPED)
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_ours_are_seen_as_people_are_asked_in_each_language(cast: Cast, enter: Enter, key: str, language: str) -> None:
    shown = enter(cast.lead).get(reverse("questionnaires:ours", args=[key]), {"language": language}).content.decode()
    assert all(f'lang="{language}">{question.text[language]}' in shown for question in questions_of(SHIPPED[key]))


def test_a_questionnaire_in_one_language_is_shown_and_marked_in_that_one(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    version = make_version(cast.engagement, cast.lead, [Question("own.a", Kind.TEXT, {"fi": "Mitä kuuluu?"})])
    shown = enter(cast.lead).get(page("preview", version.questionnaire), {"language": "sv"}).content.decode()
    assert 'lang="fi">Mitä kuuluu?' in shown


def test_what_somebody_wrote_is_text_and_never_markup(cast: Cast, enter: Enter, mine: Questionnaire) -> None:
    browser = enter(cast.lead)
    browser.post(page("question_new", mine), typed(cast, mine, fi="<script>x</script>"))
    for name in ("edit", "preview"):
        assert "<script>x" not in browser.get(page(name, mine)).content.decode()


def test_one_of_ours_that_is_not_there_is_no_page(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    assert browser.get(reverse("questionnaires:ours", args=["nothing"])).status_code == 404
    assert browser.get(reverse("questionnaires:new"), {"from": "nothing"}).status_code == 404
    assert browser.get(reverse("questionnaires:new"), {"from": str(uuid4())}).status_code == 404
    assert browser.get(LIST, {"practice": "nothing"}).status_code == 404


def test_strangers_find_no_page_of_a_questionnaire(cast: Cast, enter: Enter, mine: Questionnaire) -> None:
    for who in (cast.stranger, cast.practice_admin, cast.administrator, cast.supervisee, cast.contact):
        browser = enter(who)
        for name in ("edit", "preview", "pick", "question_new", "arrange", "archive"):
            assert browser.post(page(name, mine)).status_code == 404
        assert browser.post(page("question", mine, "bank.wellbeing.1")).status_code == 404


# --- one's own ------------------------------------------------------------------------------------------------------


def test_an_own_version_begins_with_our_questions_under_their_keys(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    url = reverse("questionnaires:new") + "?from=interim"
    assert browser.get(url).context["form"]["kind"].value() == "interim"

    answer = browser.post(url, {"name": "  Väli, oma ", "kind": "interim"})

    asking.become(cast.lead)
    made = Questionnaire.objects.get(shipped="")
    assert answer.headers["Location"] == page("edit", made)
    assert (made.name, made.kind, made.practice) == ("Väli, oma", "interim", cast.practice)
    assert keys(cast, made) == list(SHIPPED["interim"].questions)


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"name": ""}, "name"), ({"name": "x" * 121}, "name"), ({"name": "a\0b"}, "name"), ({"kind": "x"}, "kind")],
)
def test_a_wrong_name_or_occasion_is_said_and_nothing_is_made(
    cast: Cast, enter: Enter, fields: dict[str, str], field: str
) -> None:
    answer = enter(cast.lead).post(reverse("questionnaires:new"), {"name": "Oma", "kind": "final", **fields})
    assert answer.context["form"].errors[field]
    asking.become(cast.lead)
    assert not Questionnaire.objects.exists()


def test_two_in_use_do_not_have_one_name(cast: Cast, enter: Enter, mine: Questionnaire) -> None:
    browser = enter(cast.lead)
    answer = browser.post(reverse("questionnaires:new"), {"name": "Alku, oma", "kind": "final"})
    assert "of this name already" in answer.content.decode()

    browser.post(page("archive", mine))
    assert browser.post(reverse("questionnaires:new"), {"name": "Alku, oma", "kind": "final"}).status_code == 302
    told = browser.post(page("archive", mine), follow=True).content.decode()
    assert "of this name already" in told
    asking.become(cast.lead)
    mine.refresh_from_db()
    assert mine.archived_at


def test_put_aside_it_is_offered_no_more_and_brought_back_it_is(cast: Cast, enter: Enter, mine: Questionnaire) -> None:
    browser = enter(cast.lead)
    for count in (1, 2):
        assert browser.post(page("archive", mine)).status_code == 302
        asking.become(cast.lead)
        assert len(choices_for(cast.practice, "baseline")) == count


def test_there_is_an_end_to_how_many_a_practice_has(
    cast: Cast, enter: Enter, mine: Questionnaire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST_IN_USE", 1)
    answer = enter(cast.lead).post(reverse("questionnaires:new"), {"name": "Toinen", "kind": "final"})
    assert "Put some aside first" in answer.content.decode()


# --- arranging ------------------------------------------------------------------------------------------------------


def press(browser: Client, cast: Cast, mine: Questionnaire, **button: str) -> str:
    answer = browser.post(page("arrange", mine), {"rev": rev(cast, mine), **button}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_questions_are_moved_and_taken_out(cast: Cast, enter: Enter, mine: Questionnaire) -> None:
    browser, before = enter(cast.lead), keys(cast, mine)
    press(browser, cast, mine, down=before[0])
    assert keys(cast, mine) == [before[1], before[0], *before[2:]]
    press(browser, cast, mine, up=before[0])
    assert keys(cast, mine) == before
    press(browser, cast, mine, up=before[0])
    press(browser, cast, mine, down=before[-1])
    assert keys(cast, mine) == before
    press(browser, cast, mine, remove=before[1])
    assert keys(cast, mine) == [before[0], *before[2:]]
    assert newest(cast, mine).number == 1


def test_the_last_question_stays(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    version = make_version(cast.engagement, cast.lead, [Question("own.a", Kind.TEXT, {"fi": "Mitä kuuluu?"})])
    assert "asks something" in press(enter(cast.lead), cast, version.questionnaire, remove="own.a")
    assert keys(cast, version.questionnaire) == ["own.a"]


def test_the_goals_are_asked_about_once(cast: Cast, enter: Enter, mine: Questionnaire) -> None:
    browser = enter(cast.lead)
    for _ in range(2):
        press(browser, cast, mine, goals="1")
    assert keys(cast, mine).count("bank.goals") == 1
    assert "Asked for each shared goal" in browser.get(page("preview", mine)).content.decode()


@pytest.mark.parametrize("button", [{}, {"up": "nothing"}, {"remove": ""}, {"down": "\0"}])
def test_a_button_that_is_none_changes_nothing(
    cast: Cast, enter: Enter, mine: Questionnaire, button: dict[str, str]
) -> None:
    before = keys(cast, mine)
    press(enter(cast.lead), cast, mine, **button)
    assert keys(cast, mine) == before


# --- from the bank --------------------------------------------------------------------------------------------------


def test_questions_come_from_the_bank_with_their_keys_and_once(cast: Cast, enter: Enter, mine: Questionnaire) -> None:
    before = keys(cast, mine)
    chosen = ["bank.dialogue.3", "bank.dialogue.1", "bank.together.4"]
    answer = enter(cast.lead).post(page("pick", mine), {"rev": rev(cast, mine), "picks": chosen})
    assert answer.status_code == 302
    assert keys(cast, mine) == [*before, "bank.dialogue.3", "bank.together.4"]


def test_the_bank_is_narrowed_by_theme_and_indicator(cast: Cast, enter: Enter, mine: Questionnaire) -> None:
    browser = enter(cast.lead)

    def shown(**by: str) -> set[str]:
        groups = browser.get(page("pick", mine), by).context["groups"]
        return {line.key for group in groups for line in group.lines}

    assert shown(theme="dialogue") == {f"bank.dialogue.{number}" for number in (1, 2, 3, 4)}
    assert shown(indicator="costs") == {"bank.fluency.4", "bank.fluency.5", "bank.orderer.7"}
    assert shown(theme="dialogue", indicator="costs") == set()
    assert shown(theme="nothing") == set()
    assert "bank.goals" not in shown()


def test_an_own_question_is_taken_along_under_its_key(cast: Cast, enter: Enter, mine: Questionnaire) -> None:
    browser = enter(cast.lead)
    browser.post(page("question_new", mine), typed(cast, mine))
    key = keys(cast, mine)[-1]
    final = actions.make(cast.practice, name="Loppu", kind="final", by=cast.lead, now=NOW)

    assert "Saan sanoa" in browser.get(page("pick", final)).content.decode()
    browser.post(page("pick", final), {"rev": rev(cast, final), "picks": [key]})

    assert keys(cast, final) == [key]


@pytest.mark.parametrize("picks", [[], ["bank.nothing.1"], ["bank.goals"]])
def test_nothing_or_something_unknown_is_not_added(
    cast: Cast, enter: Enter, mine: Questionnaire, picks: list[str]
) -> None:
    before = keys(cast, mine)
    answer = enter(cast.lead).post(page("pick", mine), {"rev": rev(cast, mine), "picks": picks})
    assert answer.context["form"].errors["picks"]
    assert keys(cast, mine) == before


def test_thirty_questions_are_the_most(cast: Cast, enter: Enter, mine: Questionnaire) -> None:
    browser, before = enter(cast.lead), keys(cast, mine)
    every = [line.key for group in browser.get(page("pick", mine)).context["groups"] for line in group.lines]
    answer = browser.post(page("pick", mine), {"rev": rev(cast, mine), "picks": every})
    assert "at most 30 questions" in answer.content.decode()
    assert answer.content.decode().count(" checked") >= len(every)
    assert keys(cast, mine) == before


# --- a question of one's own ----------------------------------------------------------------------------------------


def written(cast: Cast, enter: Enter, mine: Questionnaire, **fields: Any) -> Question:
    answer = enter(cast.lead).post(page("question_new", mine), typed(cast, mine, **fields))
    assert answer.status_code == 302, answer.context["form"].errors
    return newest(cast, mine).asked[-1]


def test_a_question_of_ones_own_is_written_with_what_it_is_about(cast: Cast, enter: Enter, mine: Questionnaire) -> None:
    made = written(
        cast, enter, mine, kind="scale", fi=" Kuinka paljon\r\n naurat? ", sv="Hur mycket skrattar du?",
        theme="wellbeing", indicator="climate", reliability="0,84", source="Niemi 2024",
    )  # fmt: skip
    assert made.key.startswith("own.")
    assert made.text == {"fi": "Kuinka paljon naurat?", "sv": "Hur mycket skrattar du?"}
    assert (made.kind, made.theme, made.indicator) == ("scale", "wellbeing", "climate")
    assert (made.reliability, made.source) == (0.84, "Niemi 2024")


def test_a_choice_has_its_options_in_the_languages_of_the_question(
    cast: Cast, enter: Enter, mine: Questionnaire
) -> None:
    made = written(cast, enter, mine, reliability="0,9", source="x", **options("Kyllä", "", "Ei"))
    assert made.options == [Option("1", {"fi": "Kyllä"}), Option("2", {"fi": "Ei"})]
    assert made.reliability is None


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"fi": "", "sv": " ", "en": ""}, "in one language at least"),
        ({"fi": "x" * 301}, "at most 300"),
        ({"fi": "x" * 100_000}, "at most 300"),
        ({"kind": "goals"}, "not one of the available choices"),
        ({"kind": ""}, "required"),
        ({"theme": "nothing"}, "not one of the available choices"),
        ({"indicator": "nothing"}, "not one of the available choices"),
        ({"reliability": "0", "source": "x"}, "between 0 and 1"),
        ({"reliability": "1", "source": "x"}, "between 0 and 1"),
        ({"reliability": "1,2", "source": "x"}, "larger than 1"),
        ({"reliability": "-1", "source": "x"}, "smaller than 0"),
        ({"reliability": "paljon", "source": "x"}, "not a number"),
        ({"reliability": "0,8"}, "where it is published"),
        ({"source": "Niemi"}, "Give the reliability"),
        ({"reliability": "0,8", "source": "x" * 201}, "at most 200"),
        (options("Yksi"), "from two to eight"),
        (options(*"123456789"), "from two to eight"),
        (options(*map(str, range(40))), "from two to eight"),
        (options(*map(str, range(41))), "Correct the options"),
        (options("Sama", "Sama"), "stands there twice"),
        (options("Yksi", "x" * 121), "at most 120"),
        ({**options("Yksi", "Kaksi"), "sv": "Vilken?"}, "give the option in it too"),
        ({**options("Yksi", "Kaksi"), "options-0-en": "One"}, "not asked in this language"),
        ({**options("Yksi", "Kaksi"), "options-TOTAL_FORMS": "x"}, "Correct the options"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_said_and_what_was_typed_is_kept(
    cast: Cast, enter: Enter, mine: Questionnaire, fields: dict[str, str], said: str
) -> None:
    before = newest(cast, mine).questions
    answer = enter(cast.lead).post(page("question_new", mine), typed(cast, mine, **fields))
    assert answer.status_code == 200
    shown = answer.content.decode()
    assert said in shown
    assert answer.context["form"].errors
    assert fields.get("fi", "Saan sanoa") in shown
    assert newest(cast, mine).questions == before


def test_without_javascript_an_option_more_is_asked_for_and_nothing_is_saved(
    cast: Cast, enter: Enter, mine: Questionnaire
) -> None:
    before = newest(cast, mine).questions
    fields = typed(cast, mine, **options("Yksi", "Kaksi"), add="options", fi="")
    answer = enter(cast.lead).post(page("question_new", mine), fields)
    assert len(answer.context["form"].options.forms) == 3
    assert "error-summary" not in answer.content.decode()
    assert newest(cast, mine).questions == before


def test_a_question_of_ours_in_other_words_gets_a_key_of_its_own(cast: Cast, enter: Enter, mine: Questionnaire) -> None:
    browser, before = enter(cast.lead), newest(cast, mine).asked
    url = page("question", mine, before[1].key)
    assert "from our bank" in browser.get(url).content.decode()

    same = typed(cast, mine, kind=before[1].kind, theme="meaning", **before[1].text)
    browser.post(url, same)
    assert keys(cast, mine)[1] == before[1].key
    assert newest(cast, mine).asked[1].theme == "meaning"

    browser.post(url, same | {"rev": rev(cast, mine), "sv": "Jag tänker efter."})
    assert keys(cast, mine)[1].startswith("own.")
    assert [key for place, key in enumerate(keys(cast, mine)) if place != 1] == [
        question.key for place, question in enumerate(before) if place != 1
    ]


def test_another_language_leaves_a_question_what_it_is_and_other_words_do_not(
    cast: Cast, enter: Enter, mine: Questionnaire
) -> None:
    first = written(cast, enter, mine)
    browser, url = enter(cast.lead), page("question", mine, first.key)
    browser.post(url, typed(cast, mine, sv="Jag får tala"))
    assert newest(cast, mine).asked[-1].key == first.key
    browser.post(url, typed(cast, mine, sv="Jag får tala", kind="scale"))
    assert newest(cast, mine).asked[-1].key != first.key


@pytest.mark.parametrize(
    "change",
    [
        {"kind": Kind.TEXT, "options": []},
        {"text": {"fi": "Mikä?"}},
        {"text": {"sv": "Vilken?"}},
        {"options": [Option("1", {"fi": "A"}), Option("2", {"fi": "C"})]},
        {"options": [Option("1", {"fi": "A"})]},
    ],
)
def test_only_what_was_there_in_its_words_stays_the_same_question(change: dict[str, Any]) -> None:
    choice = [Option("1", {"fi": "A"}), Option("2", {"fi": "B"})]
    before = Question("k", Kind.CHOICE, {"fi": "Kumpi?"}, options=choice)
    assert editing.says_as_before(before, before)
    values = {"kind": before.kind, "text": before.text, "options": choice} | change
    assert not editing.says_as_before(Question("", **values), before)


def test_the_goals_have_no_page_to_change_their_words(cast: Cast, enter: Enter, mine: Questionnaire) -> None:
    press(enter(cast.lead), cast, mine, goals="1")
    url = page("question", mine, "bank.goals")
    assert enter(cast.lead).get(url).status_code == 404
    assert enter(cast.lead).post(url, typed(cast, mine)).status_code == 404
    assert keys(cast, mine)[-1] == "bank.goals"
    assert enter(cast.lead).get(page("question", mine, "nothing")).status_code == 404


@pytest.mark.parametrize(
    "question",
    [
        Question("a", "nothing", {"fi": "x"}),
        Question("a", Kind.AGREE, {}),
        Question("a", Kind.AGREE, {"fi": ""}),
        Question("a", Kind.AGREE, {"de": "x"}),
        Question("a", Kind.AGREE, {"fi": "x"}, theme="nothing"),
        Question("a", Kind.AGREE, {"fi": "x"}, indicator="nothing"),
        Question("a", Kind.AGREE, {"fi": "x"}, options=[Option("1", {"fi": "A"})]),
        Question("a", Kind.TEXT, {"fi": "x"}, reliability=0.5, source="x"),
        Question("a", Kind.AGREE, {"fi": "x"}, reliability=1.0, source="x"),
        Question("a", Kind.AGREE, {"fi": "x"}, reliability=0.5),
        Question("a", Kind.CHOICE, {"fi": "x"}, options=[Option("1", {"fi": "A"}), Option("1", {"fi": "B"})]),
        Question("a", Kind.CHOICE, {"fi": "x"}, options=[Option("1", {"fi": "A"}), Option("2", {"sv": "B"})]),
    ],
)
def test_the_verb_refuses_what_the_form_would(question: Question) -> None:
    with pytest.raises(ValidationError):
        rules.check([question])


def test_a_questionnaire_has_each_question_once() -> None:
    twice = [Question("a", Kind.AGREE, {"fi": "x"})] * 2
    goals = [Question(key, Kind.GOALS, {"fi": "x"}) for key in "ab"]
    for questions in (twice, goals):
        with pytest.raises(ValidationError):
            rules.check(questions)


# --- what was asked stays -------------------------------------------------------------------------------------------


def test_a_change_after_it_was_asked_makes_a_new_version_and_says_so(
    cast: Cast, enter: Enter, mine: Questionnaire
) -> None:
    first = ask(cast, mine)
    browser = enter(cast.lead)

    told = press(browser, cast, mine, remove=first.asked[0].key)

    assert "This is version 2 now" in told
    second = newest(cast, mine)
    assert (second.number, second.asked) == (2, first.asked[1:])
    asking.become(cast.lead)
    assert Version.objects.get(pk=first.pk).questions == first.questions
    assert "version" not in press(browser, cast, mine, remove=first.asked[1].key).split("<main")[1].split("<header")[0]
    assert newest(cast, mine).number == 2


def test_what_another_supervisor_asked_stays_too_although_its_round_is_not_seen(
    cast: Cast, enter: Enter, mine: Questionnaire
) -> None:
    asking.become(cast.lead)
    cast.engagement.co_supervisors.all().delete()
    first = ask(cast, mine)
    with asking.acting_as(cast.co_supervisor):
        assert not first.rounds.exists()

    press(enter(cast.co_supervisor), cast, mine, remove=first.asked[0].key)

    assert newest(cast, mine).number == 2
    assert Version.objects.get(pk=first.pk).questions == first.questions


def test_a_planned_round_asks_what_stands_when_it_opens(cast: Cast, enter: Enter, mine: Questionnaire) -> None:
    version = newest(cast, mine)
    make_round(cast.engagement, cast.lead, version=version, kind="baseline", state=RoundState.PLANNED, opened_at=None)
    press(enter(cast.lead), cast, mine, remove=version.asked[0].key)
    assert newest(cast, mine) == version


def test_nothing_changed_is_no_new_version(cast: Cast, enter: Enter, mine: Questionnaire) -> None:
    first = ask(cast, mine)
    press(enter(cast.lead), cast, mine, up=first.asked[0].key)
    assert newest(cast, mine) == first


def test_the_name_changes_always_and_the_occasion_until_it_is_asked(
    cast: Cast, enter: Enter, mine: Questionnaire
) -> None:
    browser = enter(cast.lead)

    def frame(name: str = "Alku", kind: str = "interim") -> dict[str, str]:
        return {"rev": rev(cast, mine), "name": name, "kind": kind}

    assert browser.post(page("edit", mine), frame()).status_code == 302
    asking.become(cast.lead)
    mine.refresh_from_db()
    assert (mine.name, mine.kind) == ("Alku", "interim")

    ask(cast, mine)
    answer = browser.post(page("edit", mine), frame(kind="final"))
    assert "its occasion stays" in answer.context["form"].errors["kind"][0]
    assert browser.post(page("edit", mine), frame(name="Väli")).status_code == 302
    asking.become(cast.lead)
    mine.refresh_from_db()
    assert (mine.name, mine.kind) == ("Väli", "interim")


# --- two at once ----------------------------------------------------------------------------------------------------


def test_the_second_is_told_and_nothing_is_overwritten(cast: Cast, enter: Enter, mine: Questionnaire) -> None:
    seen, before = rev(cast, mine), keys(cast, mine)
    browser = enter(cast.co_supervisor)
    browser.post(page("arrange", mine), {"rev": seen, "remove": before[0]})

    told = enter(cast.lead).post(page("arrange", mine), {"rev": seen, "down": before[1]}, follow=True)

    assert "changed meanwhile" in told.content.decode()
    assert keys(cast, mine) == before[1:]


def test_who_was_writing_keeps_their_words_sees_the_others_and_may_save_again(
    cast: Cast, enter: Enter, mine: Questionnaire
) -> None:
    first = written(cast, enter, mine)
    url, ours = page("question", mine, first.key), typed(cast, mine, sv="Jag får tala", fi="Saan puhua")
    enter(cast.co_supervisor).post(url, typed(cast, mine, sv="Jag vågar tala"))
    browser = enter(cast.lead)

    told = browser.post(url, ours)

    shown = told.content.decode()
    assert "changed meanwhile" in shown
    assert "As it stands now" in shown
    assert "Saan puhua" in shown
    assert newest(cast, mine).asked[-1].text["sv"] == "Jag vågar tala"

    again = ours | {"rev": told.context["form"]["rev"].value()}
    assert browser.post(url, again).status_code == 302
    assert newest(cast, mine).asked[-1].text == {"fi": "Saan puhua", "sv": "Jag får tala"}


def test_words_typed_for_a_question_that_is_gone_are_not_lost(cast: Cast, enter: Enter, mine: Questionnaire) -> None:
    first = written(cast, enter, mine)
    url, ours = page("question", mine, first.key), typed(cast, mine, fi="Saan puhua")
    press(enter(cast.co_supervisor), cast, mine, remove=first.key)
    browser = enter(cast.lead)

    told = browser.post(url, ours)

    assert "yours comes in at the end" in told.content.decode()
    browser.post(url, ours | {"rev": told.context["form"]["rev"].value()})
    assert newest(cast, mine).asked[-1].text == {"fi": "Saan puhua"}


def test_a_mistake_meanwhile_does_not_hide_the_other_change(cast: Cast, enter: Enter, mine: Questionnaire) -> None:
    seen = rev(cast, mine)
    browser = enter(cast.lead)
    press(browser, cast, mine, goals="1")
    wrong = browser.post(page("edit", mine), {"rev": seen, "name": "", "kind": "baseline"})
    assert wrong.context["form"]["rev"].value() == seen
    told = browser.post(page("edit", mine), {"rev": seen, "name": "Toinen", "kind": "baseline"})
    assert "changed meanwhile" in told.content.decode()
    asking.become(cast.lead)
    mine.refresh_from_db()
    assert mine.name == "Alku, oma"


def test_a_form_that_does_not_say_what_it_saw_changes_nothing(cast: Cast, enter: Enter, mine: Questionnaire) -> None:
    before = keys(cast, mine)
    browser = enter(cast.lead)
    browser.post(page("arrange", mine), {"remove": before[0]})
    browser.post(page("pick", mine), {"picks": ["bank.dialogue.2"]})
    browser.post(page("question_new", mine), typed(cast, mine) | {"rev": ""})
    assert keys(cast, mine) == before


# --- many -----------------------------------------------------------------------------------------------------------


def test_thirty_questionnaires_cost_no_more_queries_than_two(cast: Cast, enter: Enter, mine: Questionnaire) -> None:
    browser = enter(cast.lead)
    browser.get(LIST)
    actions.make(cast.practice, name="Oma", kind="final", start=str(mine.pk), by=cast.lead, now=NOW)

    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(url).status_code == 200
        return len(seen)

    urls = [LIST, page("pick", mine), page("edit", mine), page("preview", mine)]
    one = [queries(url) for url in urls]
    asking.become(cast.lead)
    for number in range(29):
        actions.make(cast.practice, name=f"Oma {number}", kind="final", start=str(mine.pk), by=cast.lead, now=NOW)
    assert [queries(url) for url in urls] == one
    assert max(one) <= 12, one
