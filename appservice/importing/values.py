"""Values as the official files write them, into the domain's: communes, telephone numbers, positions, names."""

import hashlib
import re
from datetime import date

from appservice.domain.errors import InvalidInput
from appservice.domain.local_time import department_of, is_commune
from appservice.domain.positions import BoundingBox, Position
from appservice.domain.units import Source, UnitId
from appservice.importing.reading import Notes, Oddity

# Until 2007 Saint-Barthélemy and Saint-Martin were communes of Guadeloupe.
_REPLACED_COMMUNES = {"97123": "97701", "97127": "97801"}

# Generous boxes: their only use is to tell a swap or a lost sign from a right position.
_MAINLAND = BoundingBox(41.0, -5.6, 51.5, 9.9)
_OVERSEAS = {
    "971": BoundingBox(15.7, -62.0, 16.7, -60.9),
    "972": BoundingBox(14.2, -61.4, 15.0, -60.7),
    "973": BoundingBox(2.0, -54.7, 6.0, -51.5),
    "974": BoundingBox(-21.5, 55.1, -20.8, 55.9),
    "975": BoundingBox(46.6, -56.6, 47.3, -56.0),
    "976": BoundingBox(-13.1, 44.9, -12.5, 45.4),
    "977": BoundingBox(17.8, -63.0, 18.0, -62.7),
    "978": BoundingBox(18.0, -63.2, 18.2, -62.9),
    "984": BoundingBox(-67.0, 39.0, -11.0, 143.0),
    "986": BoundingBox(-14.5, -178.5, -13.0, -175.9),
    "987": BoundingBox(-28.5, -155.0, -7.5, -134.0),
    "988": BoundingBox(-23.0, 158.0, -17.5, 172.5),
    "989": BoundingBox(10.2, -109.4, 10.4, -109.1),
}

# Where a national number of nine digits is reached by another country code than 33 (Arcep's numbering plan).
_COUNTRY_OF_PREFIX = {
    **dict.fromkeys(("590", "690", "691"), "590"),
    **dict.fromkeys(("594", "694"), "594"),
    **dict.fromkeys(("596", "696", "697"), "596"),
    **dict.fromkeys(("262", "692", "693", "263", "269", "639"), "262"),
    **dict.fromkeys(("508", "708"), "508"),
}
# Collectivities with numbers of their own: country code, and how many digits.
_COUNTRY_OF_DEPARTMENT = {"975": ("508", 6), "986": ("681", 6), "987": ("689", 8), "988": ("687", 6)}
_LENGTH_OF_COUNTRY = {"33": 9, "590": 9, "594": 9, "596": 9, "262": 9, "508": 6, "681": 6, "689": 8, "687": 6}

# Mayotte had the Comoros' country code until 2007, and numbers of other lengths than theirs.
_FORMER_MAYOTTE = re.compile(r"2690?(?:269|639)[0-9]{6}")

_SHORT = re.compile(r"1[0-9]{1,2}|116[0-9]{3}|3[0-9]{3}")
_WITHOUT_COUNTRY = re.compile(r"08[0-9]{8}")  # 0 800 and the like are not sure to be reached by +33

_DATE = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_NUMBERS_APART = re.compile(r"\s*(?:/|;|,|\bou\b|\n)\s*")


def text_of(raw: object, notes: Notes) -> str:
    """One line without needless spaces, and without the marks of a wrong decoding on its way here."""
    text = " ".join(raw.split()) if isinstance(raw, str) else ""
    if "Ã" in text or "â€" in text:
        try:
            text = text.encode("cp1252").decode("utf-8")
        except UnicodeError:
            return text
        notes.notice(Oddity.TEXT_MENDED)
    return text


def commune_of(raw: str, notes: Notes) -> str:
    """The INSEE code, with the zero that spreadsheets take away. Raises `InvalidInput` if it is none."""
    code = raw.strip().upper()
    mended = code.rjust(5, "0") if code.isascii() and code.isdigit() and len(code) == 4 else code
    mended = _REPLACED_COMMUNES.get(mended, mended)
    if not is_commune(mended):
        raise InvalidInput("The commune is not an INSEE code of five characters.")
    if mended != code:
        notes.notice(Oddity.COMMUNE_MENDED)
    return mended


def phone_of(raw: str, commune: str, notes: Notes) -> str | None:
    """The first number, in the international form without spaces, or, as they are, 17, 3919, 116006 or 0800…."""
    if not raw.strip():
        notes.notice(Oddity.NO_PHONE)
        return None
    phone = _phone(_NUMBERS_APART.split(raw.strip())[0], department_of(commune))
    if phone is None:
        notes.notice(Oddity.PHONE_NOT_UNDERSTOOD)
    return phone


def _phone(written: str, department: str) -> str | None:
    number = re.sub(r"[\s.\-]|\(0\)|\([^()0-9]*\)$", "", written)
    number = re.sub(r"^00(?=[1-9])", "+", number)
    if not re.fullmatch(r"\+?[0-9]+", number):
        return None
    if number.startswith("+"):
        return _international(number[1:])
    own_country, own_length = _COUNTRY_OF_DEPARTMENT.get(department, ("", 0))
    if own_country and len(number) == own_length:
        return f"+{own_country}{number}"
    if _SHORT.fullmatch(number) or _WITHOUT_COUNTRY.fullmatch(number):
        return number
    if len(number) == 10 and number.startswith("0"):
        return _international("33" + number[1:])
    # A spreadsheet takes the zero away.
    return _international("33" + number) if len(number) == 9 and not number.startswith("0") else None


def _international(digits: str) -> str | None:
    if _FORMER_MAYOTTE.fullmatch(digits):
        digits = "262" + digits[3:]
    for country, length in _LENGTH_OF_COUNTRY.items():
        if digits.startswith(country):
            national = digits[len(country) :].removeprefix("0")
            if country == "33":
                country = _COUNTRY_OF_PREFIX.get(national[:3], country)
            if country == "508" and len(national) == 9:
                # From the rest of France 05 08 is dialled before the six digits; mobiles have all nine.
                national, length = national.removeprefix("508"), 6 if national.startswith("508") else 9
            return f"+{country}{national}" if len(national) == length else None
    return None


def position_of(latitude: str, longitude: str, commune: str, notes: Notes) -> Position | None:
    """The position, if it is in the commune's part of the world, as written or else swapped or with a sign mended."""
    try:
        lat, lon = (float(raw.strip().replace(",", ".")) for raw in (latitude, longitude))
    except ValueError:
        notes.notice(Oddity.POSITION_REFUSED if latitude.strip() and longitude.strip() else Oddity.NO_POSITION)
        return None
    department = department_of(commune)
    box = _OVERSEAS.get(department, _MAINLAND)
    for north, east in ((lat, lon), (lon, lat), (lat, -lon), (-lat, lon), (-lat, -lon)):
        try:
            position = Position(north, east)
        except InvalidInput:
            continue
        if position in box:
            if (north, east) != (lat, lon):
                notes.notice(Oddity.POSITION_MENDED)
            return position
    notes.notice(Oddity.POSITION_REFUSED)
    return None


def address_of(street: str, postal_code: str, town: str) -> str:
    """`4 rue du Lavoir, 01100 Oyonnax`: what there is of it, the postal code with the zero that it may have lost."""
    postal_code = postal_code.strip()
    place = f"{postal_code.zfill(5) if postal_code else ''} {town}".strip()
    return ", ".join(part for part in (street, place) if part)


def date_of(raw: str) -> date | None:
    """The day in a text that begins like `09/08/2023 13:30:19`, or None."""
    match = _DATE.match(raw.strip())
    if match is None:
        return None
    day, month, year = map(int, match.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def unit_id_of(source: Source, own: str, *described: str) -> UnitId:
    """By the source's own identifier; without one, `0` included, by a hash of what describes the unit."""
    if not own.strip("0 "):
        own = "x" + hashlib.sha256("|".join(described).casefold().encode()).hexdigest()[:16]
    return UnitId(f"{source}:{own.strip()}")
