"""Columns that may say who a subject is: by the words of their header, or by values that are addresses or dates of birth.

A header is looked at in English, German, French and Spanish. What looks like an identifier is not taken for one: whoever maps the file
decides. The record cannot forget, so the question comes before anything is kept.
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
    name names surname forename firstname lastname fullname maiden initials birth birthdate birthday dob mrn ssn nhs passport insurance
    insurer phone telephone mobile fax email mail address street postcode postal zip zipcode
    nachname vorname familienname geburtsname initialen geb geburt geburtsdatum geburtstag gebdat ausweis reisepass krankenkasse
    versicherung versicherungsnummer versichertennummer telefon handy adresse anschrift strasse postleitzahl plz wohnort
    nom noms prenom prenoms initiales naissance passeport assurance assure nss courriel rue codepostal
    nombre nombres apellido apellidos iniciales nacimiento pasaporte seguro aseguradora dni nif telefono movil correo direccion calle
    """.split()
)
"""Words of a header, without accents; the four languages one after the other."""
_ROOTS = tuple(
    """
    birth passport insurance telephone phone email address street postcode zipcode surname firstname lastname initials
    geburt nachname vorname familienname anschrift strasse telefon postleitzahl versichert ausweis
    naissance prenom passeport courriel codepostal nacimiento apellido pasaporte direccion
    """.split()
)
"""Parts that mean the same in words written together."""
SHARE, YEARS_BEFORE_CONSENT, EARLIEST_BIRTH = 0.9, 10, 1880
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[A-Za-z]{2,24}")
_YEAR = re.compile(
    r"(?P<iso>\d{4})-\d{1,2}(?:-\d{1,2})?(?:[T ].{0,20})?|(?P<only>\d{4})|(?P<packed>\d{4})(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"|(?P<first>\d{4})[./]\d{1,2}[./]\d{1,2}|\d{1,2}[./ -]\d{1,2}[./ -](?P<last>\d{4})"
    r"|\d{1,2}[./ -]?[A-Za-z]{3,9}[./ -]?(?P<named>\d{4})",
    re.ASCII,
)


def word_of_header(header: str) -> str | None:
    """The word of a header that names an identifier, or None.

    >>> word_of_header("Patient_Name"), word_of_header("subjectBirthDate"), word_of_header("Prénom"), word_of_header("AETERM")
    ('name', 'birth', 'prenom', None)
    """
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", header.replace("ß", "ss")) if not unicodedata.combining(sign))
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", plain)
    for word in words:
        if word.lower() in WORDS:
            return str(word.lower())
    together = "".join(words).lower()
    for root in _ROOTS:
        if root in together:
            return root
    return "name" if together.endswith("name") else None


@dataclass(frozen=True, slots=True)
class Values:
    """What the values of a column look like: how many there are, how many are e-mail addresses, and of which years the dates are."""

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
        if _ADDRESS.fullmatch(text) is not None:
            addresses += 1
        elif (found := _YEAR.fullmatch(text)) is not None:
            year = next(int(one) for one in found.groups() if one)
            years[year] += year >= EARLIEST_BIRTH
    return Values(said, addresses, years)
