"""Columns that may say who a subject is.

By the words of their header, or by values that are addresses or dates of birth.

A header is looked at in English, German, French and Spanish. What looks like an identifier is not taken for one:
whoever maps the file decides. The record cannot forget, so the question comes before anything is kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

WORDS = frozenset(
    """
    name names surname forename firstname lastname fullname maiden initials birth birthdate birthday dob mrn ssn nhs
    passport insurance
    insurer phone telephone tel mobile fax email mail address street postcode postal zip zipcode city town kin nachname
    vorname
    familienname geburtsname initialen geb geburt geburtsdatum geburtstag gebdat gebdt ausweis reisepass krankenkasse
    versicherung
    versicherungsnummer versichertennummer kvnr ahv telefon handy adresse anschrift strasse hausnummer postleitzahl plz
    wohnort ort nom
    noms prenom prenoms initiales naissance naiss ddn nir ipp passeport assurance assure nss courriel rue codepostal
    ville nombre
    nombres apellido apellidos iniciales nacimiento nac pasaporte seguro aseguradora dni nif nhc telefono movil correo
    direccion calle domicilio ciudad
    """.split()
)
"""Words of a header, without accents; the four languages one after the other."""
_ROOTS = tuple(
    """
    birth brthd passport insurance telephone phone email address street postcode zipcode surname firstn lastn initials
    medrec medicalrecord hospitalnumber hospno socialsec nationalid nextofkin
    geburt gebdat gebdt nachn vorn familienname anschrift strasse hausnummer telefon postleitzahl versichert ausweis
    patnr fallnummer
    naissance naiss prenom passeport courriel codepostal nacimiento fechanac apellido pasaporte direccion domicil
    """.split()
)
"""Parts that mean the same in words written together."""
_AT_AN_END = ("dob", "mrn", "name")
"""Parts that mean it where a header ends with them (begins, but for name)."""
_INITIALS = re.compile(r"(pt|pat|patient|subj|subject|middle|first|last)?init(ial)?s?")
SHARE, YEARS_BEFORE_CONSENT, EARLIEST_BIRTH, LAST_OF_THIS_CENTURY = 0.9, 10, 1880, 40
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[A-Za-z]{2,24}")
_CLOCK = r"(?:[T ,]+\d{1,2}:\d{2}.{0,14})?"
_YEAR = re.compile(
    rf"(?:(?P<iso>\d{{4}})[-/.]\d{{1,2}}(?:[-/.]\d{{1,2}})?{_CLOCK}|(?P<only>\d{{4}})(?:\.0)?"
    r"|(?P<packed>\d{4})(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    rf"|\d{{1,2}}[./ -]\d{{1,2}}[./ -](?P<last>\d{{4}}|\d{{2}}){_CLOCK}"
    rf"|\d{{1,2}}\.?[/ -]?[^\W\d_]{{3,10}}[./ -]?[ ]?(?P<named>\d{{4}}|\d{{2}}){_CLOCK}"
    rf"|[^\W\d_]{{3,10}}\.? \d{{1,2}},? (?P<american>\d{{4}}){_CLOCK})"
)
"""The year of a date as people write it; two digits of it are a year of the last hundred."""


def word_of_header(header: str) -> str | None:
    """The word of a header that names an identifier, or None.

    >>> [word_of_header(one) for one in ("Patient_Name", "subjectBirthDate", "Prénom", "AETERM")]
    ['name', 'birth', 'prenom', None]
    """
    plain = "".join(
        sign for sign in unicodedata.normalize("NFKD", header.replace("ß", "ss")) if not unicodedata.combining(sign)
    )
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", plain)
    for word in words:
        if word.lower() in WORDS:
            return str(word.lower())
    together = "".join(words).lower()
    for root in _ROOTS:
        if root in together:
            return root
    for root in _AT_AN_END:
        if together.endswith(root) or (root in ("dob", "mrn") and together.startswith(root)):
            return root
    return "initials" if _INITIALS.fullmatch(together) else None


@dataclass(frozen=True, slots=True)
class Values:
    """What the values of a column look like.

    How many there are, how many are e-mail addresses, and of which years the dates are.
    """

    said: int
    addresses: int
    years: Mapping[int, int]

    def identifying(self, consent: date) -> str | None:
        """What 90 % of the values are: e-mail addresses, or days more than ten years before consent; None: neither."""
        if not self.said:
            return None
        if self.addresses >= SHARE * self.said:
            return "e-mail addresses"
        before = sum(count for year, count in self.years.items() if year < consent.year - YEARS_BEFORE_CONSENT)
        return f"dates more than {YEARS_BEFORE_CONSENT} years before consent" if before >= SHARE * self.said else None


def values_of(column: Iterable[str | None]) -> Values:
    """Look through the values of a column.

    >>> values_of(["1950-02-01", "03.04.1961", "1971", ""]).identifying(date(2016, 1, 1))
    'dates more than 10 years before consent'
    """
    said = addresses = 0
    years: Counter[int] = Counter()
    for value in column:
        text = (value or "").strip()
        if not text:
            continue
        said += 1
        if "@" in text and _ADDRESS.search(text) is not None:
            addresses += 1
        elif (found := _YEAR.fullmatch(text)) is not None:
            written = next(one for one in found.groups() if one)
            year = (
                int(written)
                if len(written) == 4
                else 1900 + int(written) + 100 * (int(written) <= LAST_OF_THIS_CENTURY)
            )
            years[year] += year >= EARLIEST_BIRTH
    return Values(said, addresses, years)
