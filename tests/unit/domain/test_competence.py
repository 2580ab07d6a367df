import pytest

from appservice.domain.competence import Competence, CompetentForce
from appservice.domain.desk import Force
from appservice.domain.errors import ConfigurationError
from appservice.domain.territory import Commune

RENNES = Commune("35238", "Rennes", "35", "53")
PARIS_11 = Commune("75111", "Paris 11e Arrondissement", "75", "11", city="75056")


def test_a_listed_commune_has_the_force_of_the_file() -> None:
    force = Competence({"35238": Force.POLICE}, {"53": Force.GENDARMERIE}).force_of(RENNES)
    assert force == CompetentForce(Force.POLICE, known=True)
    assert force.word == "police"


def test_an_unlisted_commune_has_its_region_s_default_and_says_so() -> None:
    force = Competence({}, {"53": Force.GENDARMERIE}).force_of(RENNES)
    assert force == CompetentForce(Force.GENDARMERIE, known=False)
    assert force.word == "default"


def test_without_a_default_no_force_is_made_up() -> None:
    assert Competence().force_of(RENNES) == CompetentForce(Force.NONE, known=False)


def test_an_arrondissement_has_the_force_of_its_city_unless_listed_itself() -> None:
    assert Competence({"75056": Force.POLICE}).force_of(PARIS_11).word == "police"
    assert Competence({"75056": Force.POLICE, "75111": Force.GENDARMERIE}).force_of(PARIS_11).word == "gendarmerie"


def test_no_force_is_no_answer_in_a_file() -> None:
    with pytest.raises(ConfigurationError, match="35238"):
        Competence({"35238": Force.NONE})
    with pytest.raises(ConfigurationError, match="53"):
        Competence({}, {"53": Force.NONE})
