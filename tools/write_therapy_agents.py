"""Write src/hevesy/follow/data/therapy_agents.csv and .toml: agents and regimens of myeloma and lymphoma, by class.

Usage: python tools/write_therapy_agents.py

Drugs by their international nonproprietary names (WHO lists), brand names and classes as in their labels (FDA, EMA);
regimens by the abbreviations of guidelines, each written out as its drugs. `may be` stands before a class that an agent
need not belong to: a transplant whose conditioning is not told, a transplant of which it is not said whose cells.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

DATA = Path(__file__).parent.parent / "src" / "hevesy" / "follow" / "data"

DRUGS = """
bortezomib: proteasome inhibitor: velcade, btz, bort, bor, vel
carfilzomib: proteasome inhibitor: kyprolis, cfz, carf
ixazomib: proteasome inhibitor: ninlaro, ixa, ixazomib citrate
oprozomib: proteasome inhibitor:
marizomib: proteasome inhibitor:
proteasome inhibitor, not named: proteasome inhibitor: proteasome inhibitor
thalidomide: immunomodulatory drug: thalomid, thal, thalidomid
lenalidomide: immunomodulatory drug: revlimid, len, lena, rev
pomalidomide: immunomodulatory drug: pomalyst, imnovid, pom, poma
iberdomide: immunomodulatory drug: iber
mezigdomide: immunomodulatory drug: mezi
avadomide: immunomodulatory drug:
immunomodulatory drug, not named: immunomodulatory drug: imid, immunomodulatory drug
daratumumab: anti-CD38 antibody: darzalex, dara, darzalex faspro, daratumumab and hyaluronidase, daratumumab sc
isatuximab: anti-CD38 antibody: sarclisa, isa
felzartamab: anti-CD38 antibody:
anti-CD38 antibody, not named: anti-CD38 antibody: anti cd38, anti cd38 antibody
elotuzumab: anti-SLAMF7 antibody: empliciti, elo
melphalan: alkylator: alkeran, mel, evomela, mel200, mel140, melphalan 200, melphalan 140, high dose melphalan, hdm
melphalan flufenamide: alkylator: pepaxto, pepaxti, melflufen
cyclophosphamide: alkylator: cytoxan, endoxan, cyc, cy
bendamustine: alkylator: treanda, levact, bendeka, benda
ifosfamide: alkylator: ifex, holoxan
chlorambucil: alkylator: leukeran
carmustine: alkylator: bcnu, bicnu
lomustine: alkylator: ccnu
busulfan: alkylator: busulfex, myleran
procarbazine: alkylator: matulane, natulan
dacarbazine: alkylator: dtic
thiotepa: alkylator: tepadina
dexamethasone: corticosteroid: dex, dexa, decadron, low dose dexamethasone, high dose dexamethasone
prednisone: corticosteroid: pred, deltasone
prednisolone: corticosteroid:
methylprednisolone: corticosteroid: medrol, solu medrol
corticosteroid, not named: corticosteroid: steroid, steroids, corticosteroid, corticosteroids, glucocorticoid
doxorubicin: anthracycline: adriamycin, doxo, hydroxydaunorubicin
pegylated liposomal doxorubicin: anthracycline: doxil, caelyx, pld, liposomal doxorubicin
epirubicin: anthracycline: ellence
idarubicin: anthracycline: idamycin
mitoxantrone: anthracenedione: novantrone
pixantrone: anthracenedione: pixuvri
cisplatin: platinum: platinol, cddp
carboplatin: platinum: paraplatin
oxaliplatin: platinum: eloxatin
vincristine: vinca alkaloid: oncovin, vcr
vinblastine: vinca alkaloid: velban
etoposide: topoisomerase II inhibitor: vepesid, vp16, vp 16
cytarabine: antimetabolite: ara c, cytosar, high dose cytarabine
gemcitabine: antimetabolite: gemzar
methotrexate: antimetabolite: mtx, high dose methotrexate
fludarabine: antimetabolite: fludara
cladribine: antimetabolite: leustatin
bleomycin: antitumour antibiotic: blenoxane
selinexor: XPO1 inhibitor: xpovio, nexpovio, seli
eltanexor: XPO1 inhibitor:
panobinostat: HDAC inhibitor: farydak, pano
vorinostat: HDAC inhibitor: zolinza
romidepsin: HDAC inhibitor: istodax
belinostat: HDAC inhibitor: beleodaq
ricolinostat: HDAC inhibitor:
chidamide: HDAC inhibitor: tucidinostat
belantamab mafodotin: BCMA-directed, antibody-drug conjugate: blenrep, belamaf
teclistamab: BCMA-directed, bispecific antibody: tecvayli
elranatamab: BCMA-directed, bispecific antibody: elrexfio
linvoseltamab: BCMA-directed, bispecific antibody: lynozyfic
talquetamab: GPRC5D-directed, bispecific antibody: talvey
cevostamab: FcRH5-directed, bispecific antibody:
idecabtagene vicleucel: BCMA-directed, CAR T cells, may be alkylator, may be antimetabolite: abecma, ide cel
ciltacabtagene autoleucel: BCMA-directed, CAR T cells, may be alkylator, may be antimetabolite: carvykti,
    cilta cel
BCMA CAR T cells, not named: BCMA-directed, CAR T cells, may be alkylator, may be antimetabolite: bcma
    car t, anti bcma car t
axicabtagene ciloleucel: CD19-directed, CAR T cells, may be alkylator, may be antimetabolite: yescarta,
    axi cel
tisagenlecleucel: CD19-directed, CAR T cells, may be alkylator, may be antimetabolite: kymriah, tisa cel
lisocabtagene maraleucel: CD19-directed, CAR T cells, may be alkylator, may be antimetabolite: breyanzi,
    liso cel
brexucabtagene autoleucel: CD19-directed, CAR T cells, may be alkylator, may be antimetabolite: tecartus,
    brexu cel
venetoclax: BCL2 inhibitor: venclexta, venclyxto, ven
rituximab: anti-CD20 antibody: rituxan, mabthera, truxima, ruxience, riabni, rituximab and hyaluronidase
obinutuzumab: anti-CD20 antibody: gazyva, gazyvaro
ofatumumab: anti-CD20 antibody: arzerra
ublituximab: anti-CD20 antibody:
ibritumomab tiuxetan: anti-CD20 antibody, radioimmunotherapy: zevalin, y 90 ibritumomab tiuxetan
tositumomab: anti-CD20 antibody, radioimmunotherapy: bexxar, iodine i 131 tositumomab
mosunetuzumab: anti-CD20 antibody, bispecific antibody: lunsumio
glofitamab: anti-CD20 antibody, bispecific antibody: columvi
epcoritamab: anti-CD20 antibody, bispecific antibody: epkinly, tepkinly
tafasitamab: CD19-directed: monjuvi, minjuvi
loncastuximab tesirine: CD19-directed, antibody-drug conjugate: zynlonta
polatuzumab vedotin: CD79b-directed, antibody-drug conjugate: polivy, pola
brentuximab vedotin: CD30-directed, antibody-drug conjugate: adcetris
ibrutinib: BTK inhibitor: imbruvica, ibr
acalabrutinib: BTK inhibitor: calquence
zanubrutinib: BTK inhibitor: brukinsa
pirtobrutinib: BTK inhibitor: jaypirca
tirabrutinib: BTK inhibitor: velexbru
idelalisib: PI3K inhibitor: zydelig
copanlisib: PI3K inhibitor: aliqopa
duvelisib: PI3K inhibitor: copiktra
umbralisib: PI3K inhibitor: ukoniq
everolimus: mTOR inhibitor: afinitor
temsirolimus: mTOR inhibitor: torisel
tazemetostat: EZH2 inhibitor: tazverik
nivolumab: PD-1 inhibitor: opdivo
pembrolizumab: PD-1 inhibitor: keytruda
interferon alfa: interferon: interferon, intron a, roferon, interferon alpha
iopofosine I-131: radioconjugate: clr 131, clr131, iopofosine
autologous transplant: autologous transplant, may be alkylator: asct, autologous stem cell transplant,
    autologous stem cell transplantation, autologous transplantation, auto sct, auto hsct, autologous hsct,
    tandem asct, ahsct
allogeneic transplant: allogeneic transplant, may be alkylator, may be antimetabolite: allo sct, allo
    hsct, allogeneic stem cell transplant, allogeneic stem cell transplantation, allogeneic transplantation
transplant, not said whose: may be autologous transplant, may be allogeneic transplant, may be alkylator,
    may be antimetabolite: sct, hsct, stem cell transplant, stem cell transplantation, bone marrow
    transplant, bmt, transplant
radiotherapy: radiotherapy: radiation, radiation therapy, rt, xrt, external beam radiotherapy, ebrt
surgery: surgery: resection
zoledronic acid: bone-directed: zometa, zoledronate
pamidronate: bone-directed: aredia
denosumab: bone-directed: xgeva
none: none: no prior therapy, no therapy
"""

REGIMENS = """
vd, bordex: bortezomib, dexamethasone
vrd, rvd, vrd lite, rvd lite: bortezomib, lenalidomide, dexamethasone
vcd, cybord, cvd: cyclophosphamide, bortezomib, dexamethasone
vtd: bortezomib, thalidomide, dexamethasone
vmp: bortezomib, melphalan, prednisone
pvd: pomalidomide, bortezomib, dexamethasone
pad: bortezomib, doxorubicin, dexamethasone
kd: carfilzomib, dexamethasone
krd: carfilzomib, lenalidomide, dexamethasone
kcd, carcyd: carfilzomib, cyclophosphamide, dexamethasone
kpd: carfilzomib, pomalidomide, dexamethasone
ktd: carfilzomib, thalidomide, dexamethasone
kmp: carfilzomib, melphalan, prednisone
ird: ixazomib, lenalidomide, dexamethasone
icd: ixazomib, cyclophosphamide, dexamethasone
ipd: ixazomib, pomalidomide, dexamethasone
rd, ld: lenalidomide, dexamethasone
crd, rcd: cyclophosphamide, lenalidomide, dexamethasone
mpr: melphalan, prednisone, lenalidomide
pd: pomalidomide, dexamethasone
pcd: pomalidomide, cyclophosphamide, dexamethasone
td: thalidomide, dexamethasone
ctd: cyclophosphamide, thalidomide, dexamethasone
mpt: melphalan, prednisone, thalidomide
mp: melphalan, prednisone
dvd: daratumumab, bortezomib, dexamethasone
drd: daratumumab, lenalidomide, dexamethasone
dpd: daratumumab, pomalidomide, dexamethasone
dkd, kdd: daratumumab, carfilzomib, dexamethasone
dvrd, drvd, d vrd, d rvd: daratumumab, bortezomib, lenalidomide, dexamethasone
dkrd, d krd: daratumumab, carfilzomib, lenalidomide, dexamethasone
dvtd, d vtd: daratumumab, bortezomib, thalidomide, dexamethasone
dvmp, d vmp: daratumumab, bortezomib, melphalan, prednisone
dvcd, d vcd, d cybord: daratumumab, cyclophosphamide, bortezomib, dexamethasone
d rd: daratumumab, lenalidomide, dexamethasone
d vd: daratumumab, bortezomib, dexamethasone
d pd: daratumumab, pomalidomide, dexamethasone
d kd: daratumumab, carfilzomib, dexamethasone
isapd: isatuximab, pomalidomide, dexamethasone
isakd: isatuximab, carfilzomib, dexamethasone
erd, elord: elotuzumab, lenalidomide, dexamethasone
epd, elopd: elotuzumab, pomalidomide, dexamethasone
evd: elotuzumab, bortezomib, dexamethasone
xd: selinexor, dexamethasone
xvd, svd: selinexor, bortezomib, dexamethasone
xkd, skd: selinexor, carfilzomib, dexamethasone
xpd, spd: selinexor, pomalidomide, dexamethasone
vad: vincristine, doxorubicin, dexamethasone
dcep: dexamethasone, cyclophosphamide, etoposide, cisplatin
pace: cisplatin, doxorubicin, cyclophosphamide, etoposide
vdpace, vd pace: bortezomib, dexamethasone, cisplatin, doxorubicin, cyclophosphamide, etoposide
vdtpace, vtd pace, vdt pace: bortezomib, dexamethasone, thalidomide, cisplatin, doxorubicin, cyclophosphamide, etoposide
dtpace, dt pace: dexamethasone, thalidomide, cisplatin, doxorubicin, cyclophosphamide, etoposide
chop: cyclophosphamide, doxorubicin, vincristine, prednisone
rchop, r chop: rituximab, cyclophosphamide, doxorubicin, vincristine, prednisone
cvp: cyclophosphamide, vincristine, prednisone
rcvp, r cvp: rituximab, cyclophosphamide, vincristine, prednisone
br, rb: bendamustine, rituximab
bendamustine rituximab: bendamustine, rituximab
ice: ifosfamide, carboplatin, etoposide
rice, r ice: rituximab, ifosfamide, carboplatin, etoposide
dhap: dexamethasone, cytarabine, cisplatin
rdhap, r dhap: rituximab, dexamethasone, cytarabine, cisplatin
gdp: gemcitabine, dexamethasone, cisplatin
rgdp, r gdp: rituximab, gemcitabine, dexamethasone, cisplatin
gemox: gemcitabine, oxaliplatin
rgemox, r gemox: rituximab, gemcitabine, oxaliplatin
eshap: etoposide, methylprednisolone, cytarabine, cisplatin
epoch: etoposide, prednisone, vincristine, cyclophosphamide, doxorubicin
repoch, r epoch, da epoch r, da r epoch: rituximab, etoposide, prednisone, vincristine, cyclophosphamide, doxorubicin
fcr: fludarabine, cyclophosphamide, rituximab
fc: fludarabine, cyclophosphamide
r2: rituximab, lenalidomide
drc: dexamethasone, rituximab, cyclophosphamide
bdr: bortezomib, dexamethasone, rituximab
abvd: doxorubicin, bleomycin, vinblastine, dacarbazine
beacopp: bleomycin, etoposide, doxorubicin, cyclophosphamide, vincristine, procarbazine, prednisone
beam: carmustine, etoposide, cytarabine, melphalan
pola br: polatuzumab vedotin, bendamustine, rituximab
"""


def folded(name: str) -> str:
    """As the reader folds a name: small letters, a blank for hyphens and points."""
    return " ".join(re.sub(r"[\s\-_.]+", " ", name).split()).casefold()


def lines(text: str) -> list[str]:
    """A line for each drug or regimen; one that is set in goes on from that above it."""
    return text.strip().replace("\n    ", " ").splitlines()


def classes() -> dict[str, list[tuple[str, str]]]:
    """The classes of each drug, with whether it is surely of it; and the drug of each of its names."""
    found = {}
    for line in lines(DRUGS):
        drug, kinds, _ = line.split(":")
        found[drug] = [
            (kind.removeprefix("may be "), "no" if kind.startswith("may be ") else "yes")
            for kind in (one.strip() for one in kinds.split(","))
        ]
    return found


def rows() -> list[str]:
    """name, drug, class, certain: a row for each class of each drug that a name stands for."""
    of, names = classes(), dict[str, list[str]]()
    for line in lines(DRUGS):
        drug, _, others = line.split(":")
        for name in (drug, *(one for one in others.split(",") if one.strip())):
            if ", not named" not in name and ", not said" not in name:
                names.setdefault(folded(name), []).append(drug)
    for line in lines(REGIMENS):
        written, drugs = line.split(":")
        for name in written.split(","):
            names.setdefault(folded(name), []).extend(drug.strip() for drug in drugs.split(","))
    twice = [name for name, drugs in names.items() if len(set(drugs)) != len(drugs)]
    if twice:
        raise SystemExit(f"named twice: {twice}")
    return [
        f"{name},{drug.replace(',', ';')},{kind},{certain}"
        for name, drugs in names.items()
        for drug in drugs
        for kind, certain in of[drug]
    ]


def main() -> None:
    """Write the table and its description."""
    content = ("name,drug,class,certain\n" + "\n".join(rows()) + "\n").encode()
    (DATA / "therapy_agents.csv").write_bytes(content)
    (DATA / "therapy_agents.toml").write_text(
        'work = "Hevesy, agents and regimens of myeloma and lymphoma by class"\n'
        'locator = "tools/write_therapy_agents.py"\n'
        'origin = "names of the WHO lists of international nonproprietary names; brand names and pharmacologic classes '
        'of the labels (FDA, EMA); abbreviations of regimens as guidelines write them; set down for this project"\n'
        'licence = "MIT"\n'
        'made_by = "tools/write_therapy_agents.py"\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n\n'
        "[columns]\n"
        'name = "as folded: small letters, a blank for hyphens and points"\n'
        'drug = "that the name stands for, a row each; by its international nonproprietary name"\n'
        'class = "of the drug, a row each"\n'
        'certain = "no: the agent need not be of the class, as the conditioning of a transplant"\n'
    )


if __name__ == "__main__":
    main()
