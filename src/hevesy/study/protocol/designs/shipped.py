"""The designs that come with the package, in the order they are shown in."""

from __future__ import annotations

from hevesy.study.protocol.designs import DesignWords

_BY_NUMBER = ("target", "n_max")
# fmt: off
DESIGNS = (
    DesignWords("three-plus-three", "three subjects, then three more if needed, by counted rules",
                "Storer, Biometrics 1989;45:925", ("variant",)),
    DesignWords("a-plus-b", "A subjects, then B more if needed, by counted rules",
                "Lin and Shih, Biostatistics 2001;2:203", ("a_plus_b",)),
    DesignWords("rolling-six", "up to six subjects at a level without waiting for each three",
                "Skolnik et al., J Clin Oncol 2008;26:190"),
    DesignWords("i3+3", "the observed rate against an interval, and what it would be with one DLT less",
                "Liu, Wang and Ji, J Biopharm Stat 2020;30:294", _BY_NUMBER),
    DesignWords("boin", "Bayesian optimal interval: up and down at two limits of the observed rate",
                "Liu and Yuan, J R Stat Soc C 2015;64:507", _BY_NUMBER),
    DesignWords("keyboard", "the strongest of equally wide keys of the DLT rate decides",
                "Yan, Mandrekar and Yuan, Clin Cancer Res 2017;23:3994", _BY_NUMBER),
    DesignWords("mtpi", "modified toxicity probability interval: the highest unit probability mass decides",
                "Ji et al., Clin Trials 2010;7:653", _BY_NUMBER),
    DesignWords("mtpi2", "mTPI with keys as wide as the target interval",
                "Guo et al., Contemp Clin Trials 2017;58:23", _BY_NUMBER),
    DesignWords("crm", "continual reassessment: one parameter, the level whose rate is nearest the target",
                "O'Quigley, Pepe and Fisher, Biometrics 1990;46:33", (*_BY_NUMBER, "skeleton")),
    DesignWords("blrm", "Bayesian logistic regression of the DLT rate on dose, with overdose control",
                "Neuenschwander, Branson and Gsponer, Stat Med 2008;27:2420", ("n_max", "logistic")),
    DesignWords("titecrm", "continual reassessment while subjects are pending, who count by a weight",
                "Cheung and Chappell, Biometrics 2000;56:1177", (*_BY_NUMBER, "skeleton"), ("weights",),
                usual_cohort=1, counts_pending=True),
    DesignWords("titeboin", "BOIN while subjects are pending, who count by the share of the window",
                "Yuan et al., Clin Cancer Res 2018;24:4921", _BY_NUMBER, counts_pending=True),
    DesignWords("boin12", "toxicity weighed against response: the dose that offers most",
                "Lin et al., JCO Precis Oncol 2020;4:1393", ("n_max",), ("target", "response_limit"),
                usual_n=36, in_protocols=False),
    DesignWords("table", "a decision table brought along", "who brings it along",
                ("table", "n_max"), ("target",), usual_n=None, in_protocols=False),
)
# fmt: on
