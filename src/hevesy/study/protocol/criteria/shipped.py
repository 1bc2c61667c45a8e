"""The sets of response criteria that come with the package; IMWG without its year is for responses as called."""

from __future__ import annotations

from dataclasses import replace

from hevesy.provenance import Source
from hevesy.study.protocol.criteria import MYELOMA, SILENT, Criteria, LookedFor, rate_of

_BY_NEXT, _BY_MONTH = "confirmed by the next assessment", "confirmed 28 days later or more"

_IMWG = Criteria(
    name="IMWG",
    only_called=True,
    best_first=(("sCR",), ("CR",), ("VGPR",), ("PR",), ("MR",), ("SD",), ("PD",)),
    silent=SILENT,
    responses=4,
    source=Source(work="S. Kumar et al., Lancet Oncol 2016;17:e328", locator="tables 4 and 5", licence="facts"),
    rates=(rate_of("orr", 4), rate_of("cbr", 5), rate_of("dcr", 6)),
    confirmation=_BY_NEXT,
    followed=(
        "serum or urine M-protein, or the difference of involved and uninvolved light chains where that is what can "
        "be measured"
    ),
    limits_percent=((-25, "MR"), (-50, "PR"), (-90, "VGPR")),
    disease=MYELOMA,
    progression_is_confirmed=True,
    looks_for=(
        LookedFor(
            fields=(("serum_immunofixation", "urine_immunofixation"),),
            otherwise="Immunofixation of serum and urine was not delivered, so that complete response is never called.",
        ),
        LookedFor(
            fields=(("urine_m_protein_mg_per_24h",),),
            otherwise="Urine M-protein was not delivered: disease measurable there only is not followed.",
        ),
        LookedFor(
            fields=(("plasmacytoma_cm2",), ("new_lesion",)),
            otherwise="Plasmacytomas and new lesions were not delivered: progression by them is not seen.",
        ),
        LookedFor(fields=(), otherwise="MR is not defined where only light chains can be measured."),
    ),
)
CRITERIA = (
    _IMWG,
    replace(
        _IMWG,
        only_called=False,
        name="IMWG 2006",
        source=Source(
            work="B. G. M. Durie et al., Leukemia 2006;20:1467", locator="table 5 and its footnotes", licence="facts"
        ),
    ),
    replace(
        _IMWG,
        only_called=False,
        name="IMWG 2011",
        source=Source(work="S. V. Rajkumar et al., Blood 2011;117:4691", locator="table 2", licence="facts"),
    ),
    replace(_IMWG, only_called=False, name="IMWG 2016"),
    Criteria(
        name="IWWM",
        best_first=(("CR",), ("VGPR",), ("PR",), ("MR",), ("SD",), ("PD",)),
        silent=SILENT,
        responses=3,
        source=Source(
            work="R. G. Owen et al., Br J Haematol 2013;160:171", locator="table II (IWWM-6)", licence="facts"
        ),
        rates=(rate_of("orr-minor", 4), rate_of("mrr", 3), rate_of("dcr", 5)),
        confirmation=_BY_MONTH,
        confirmed_after_d=28,
        followed="serum IgM",
        limits_percent=((-25, "MR"), (-50, "PR"), (-90, "VGPR")),
    ),
    Criteria(
        name="Lugano 2014",
        best_first=(("CMR", "CAR", "CR"), ("PMR", "PAR", "PR"), ("NMR", "SAD", "SD"), ("PMD", "PAD", "PD")),
        silent=SILENT,
        responses=2,
        source=Source(work="B. D. Cheson et al., J Clin Oncol 2014;32:3059", locator="table 3", licence="facts"),
        rates=(rate_of("orr", 2), rate_of("crr", 1), rate_of("dcr", 3)),
        confirmation="not confirmed by a second assessment: the criteria do not ask for it",
        followed="the sum of products of the measured lesions",
        limits_percent=((-50, "PR"),),
    ),
    Criteria(
        name="RECIST 1.1",
        best_first=(("CR",), ("PR",), ("SD", "NON-CR/NON-PD"), ("PD",)),
        silent=SILENT,
        responses=2,
        source=Source(
            work="E. A. Eisenhauer et al., Eur J Cancer 2009;45:228",
            locator="section 4.3, tables 1 to 3",
            licence="facts",
        ),
        rates=(rate_of("orr", 2), rate_of("dcr", 3)),
        confirmation=_BY_MONTH,
        confirmed_after_d=28,
        followed="the sum of diameters of the target lesions",
        limits_percent=((-30, "PR"), (20, "PD")),
    ),
    Criteria(
        name="RANO 2010",
        best_first=(("CR",), ("PR",), ("SD",), ("PD",)),
        silent=SILENT,
        responses=2,
        source=Source(work="P. Y. Wen et al., J Clin Oncol 2010;28:1963", locator="table 4", licence="facts"),
        rates=(rate_of("orr", 2), rate_of("dcr", 3)),
        confirmation=_BY_MONTH,
        confirmed_after_d=28,
        followed="the sum of products of the enhancing lesions",
        limits_percent=((-50, "PR"), (25, "PD")),
    ),
    Criteria(
        name="RANO 2.0",
        best_first=(("CR",), ("PR",), ("MR",), ("SD",), ("PD",)),
        silent=SILENT,
        responses=2,
        source=Source(work="P. Y. Wen et al., J Clin Oncol 2023;41:5187", locator="table 2", licence="facts"),
        rates=(rate_of("orr", 2), rate_of("cbr", 3), rate_of("dcr", 4)),
        confirmation=_BY_MONTH,
        confirmed_after_d=28,
        followed="the sum of products of the measured lesions",
        limits_percent=((-50, "PR"), (25, "PD")),
    ),
)
