"""Names stand in Finnish order wherever rows are listed: the database keeps the key, whatever path a name comes by."""

from typing import Any

from accounts.models import ClientOrganisation, Person
from audit import asking

Cast = Any

ORDERED = [
    "Mäki",
    "Mäki-Petäjä",
    "Mäkinen",
    "Möller",
    "Vesa",
    "virtanen",
    "Wahl",
    "Yli",
    "Zetterberg",
    "Ås",
    "Äijälä",
    "Öberg",
]


def test_the_last_letters_come_last(cast: Cast) -> None:
    asking.become(cast.lead)
    people = [Person(practice=cast.practice, family_name=name, given_name="Aino") for name in reversed(ORDERED)]
    Person.objects.bulk_create(people)
    ours = Person.objects.filter(pk__in=[person.pk for person in people])
    assert [person.family_name for person in ours] == ORDERED


def test_the_given_name_decides_among_namesakes(cast: Cast) -> None:
    asking.become(cast.lead)
    names = [("Mäki", "Aino"), ("Mäki", "Öllölä"), ("Mäkinen", "Aino")]
    for family, given in reversed(names):
        Person.objects.create(practice=cast.practice, family_name=family, given_name=given)
    assert [(p.family_name, p.given_name) for p in Person.objects.filter(family_name__startswith="Mäki")] == names


def test_a_changed_name_changes_its_place(cast: Cast) -> None:
    asking.become(cast.lead)
    ClientOrganisation.objects.create(practice=cast.practice, name="Zeta")
    ClientOrganisation.objects.filter(pk=cast.organisation.pk).update(name="Åminne")
    assert [each.name for each in ClientOrganisation.objects.all()] == ["Zeta", "Åminne"]
