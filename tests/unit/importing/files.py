"""Invented rows in the columns of the official files."""

import csv
import io
import json
from pathlib import Path
from typing import Any

POLICE_COLUMNS = (
    "service adresse_geographique telephone departement code_commune_insee voie code_postal commune"
    " geocodage_epsg geocodage_x geocodage_y geocodage_x_GPS geocodage_y_GPS"
).split()
GENDARMERIE_COLUMNS = ["identifiant_public_unite", *POLICE_COLUMNS, "horaires_accueil", "url"]
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "jours_feries")
HOURS_COLUMNS = [f"{day}_plage{n}_{edge}" for day in DAYS for n in (1, 2, 3) for edge in ("debut", "fin")]

Row = dict[str, str]


def a_row(**values: str) -> Row:
    """A police station of Villeneuve, which the tests have put in Rennes."""
    return {
        "service": "Commissariat de police de Villeneuve",
        "telephone": "+33 2 99 00 00 00",
        "departement": "35",
        "code_commune_insee": "35238",
        "voie": "1 rue du Lavoir",
        "code_postal": "35000",
        "commune": "Villeneuve",
        "geocodage_x_GPS": "-1.68",
        "geocodage_y_GPS": "48.11",
    } | values


def a_brigade(**values: str) -> Row:
    return a_row(identifiant_public_unite="1000001", service="Gendarmerie - Brigade de Villeneuve") | values


def plausible(count: int = 30) -> list[Row]:
    """Rows without anything odd, enough that one odd row beside them does not refuse the file."""
    return [
        a_row(service=f"Commissariat n° {number}", identifiant_public_unite=f"200{number:04}")
        for number in range(1, count + 1)
    ]


def table(
    path: Path, columns: list[str], rows: list[Row], encoding: str = "utf-8", separator: str = ";", quoted: bool = True
) -> Path:
    text = io.StringIO()
    writer = csv.DictWriter(
        text,
        columns,
        restval="",
        extrasaction="ignore",
        delimiter=separator,
        quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL,
        lineterminator="\r\n",
    )
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


Record = dict[str, Any]


def a_record(**values: Any) -> Record:
    return {
        "id": "00000000-0000-4000-8000-000000000001",
        "nom": "CIDFF de Villeneuve",
        "pivot": [{"type_service_local": "cidf", "code_insee_commune": ["35238", "35240"]}],
        "code_insee_commune": "35238",
        "adresse": [
            {
                "type_adresse": "Adresse",
                "complement1": "Maison des associations",
                "complement2": "",
                "numero_voie": "2 rue du Puits",
                "service_distribution": "",
                "code_postal": "35000",
                "nom_commune": "Villeneuve",
                "longitude": "-1.67",
                "latitude": "48.12",
            }
        ],
        "telephone": [{"valeur": "02 99 00 00 01", "description": ""}],
        "plage_ouverture": [
            {
                "nom_jour_debut": "Lundi",
                "nom_jour_fin": "Jeudi",
                "valeur_heure_debut_1": "09:00:00",
                "valeur_heure_fin_1": "12:30:00",
                "valeur_heure_debut_2": "13:30:00",
                "valeur_heure_fin_2": "17:00:00",
                "commentaire": "",
            },
            {
                "nom_jour_debut": "Vendredi",
                "nom_jour_fin": "Vendredi",
                "valeur_heure_debut_1": "09:00:00",
                "valeur_heure_fin_1": "12:00:00",
                "valeur_heure_debut_2": "",
                "valeur_heure_fin_2": "",
                "commentaire": "",
            },
        ],
        "commentaire_plage_ouverture": "",
        "date_modification": "09/08/2026 13:30:19",
        "statut_de_diffusion": "true",
    } | values


def directory(path: Path, records: list[Record], indent: int | None = 1) -> Path:
    path.write_text(json.dumps({"service": records}, ensure_ascii=False, indent=indent), encoding="utf-8")
    return path
