"""R for reviewers: the table of seats with the primary outcomes, and lme4 models of each, ready to run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.analysis.statistics.outcomes import MODEL, PARTNER, seats
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from colloquia.analysis.tables import Frames

SEATS = "seats"
_KEYS = ["experiment_id", "scenario", "iteration", "speaker_role", MODEL, PARTNER]
_HEAD = """\
# Linear mixed models of the seats of conversations, by lme4: one model for each primary outcome.
# Run it in the folder of this file:  Rscript analysis.R
library(lme4)
seats <- read.csv(file.path("tables", "seats.csv"), stringsAsFactors = TRUE, check.names = FALSE)

# y = seat + factors + scenario + actor + partner + pair + conversation; a term with one level is left out.
fit <- function(outcome, fixed) {
  used <- seats[!is.na(seats[[outcome]]), ]
  used$y <- used[[outcome]]
  several <- function(name) length(unique(used[[name]])) > 1
  random <- c(speaker_model = "(1 | speaker_model)", partner_model = "(1 | partner_model)",
              pair = "(1 | pair)", experiment_id = "(1 | experiment_id)")
  used$pair <- interaction(used$speaker_model, used$partner_model, drop = TRUE)
  terms <- c(sprintf("`%s`", Filter(several, fixed)), random[vapply(names(random), several, logical(1))])
  model <- lmer(reformulate(terms, "y"), data = used, REML = TRUE,
                control = lmerControl(check.conv.singular = "ignore"))
  cat("\\n==", outcome, "==\\n")
  print(summary(model), correlation = FALSE)
  invisible(model)
}
"""


def seat_table(frames: Frames, outcomes: Sequence[str], factors: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """Return one row for each seat of each conversation that ended, with outcomes as columns, and which these are.

    Outcomes that only whole conversations have are left out.
    """
    found: pd.DataFrame | None = None
    there: list[str] = []
    for outcome in outcomes:
        try:
            rows = seats(frames, outcome).rows
        except DesignError:
            continue
        keys = [name for name in (*_KEYS, *factors) if name in rows]
        values = rows[["experiment_id", "speaker_role", "value"]].rename(columns={"value": outcome})
        found = rows[keys] if found is None else found
        found = found.merge(values, on=["experiment_id", "speaker_role"], how="left")
        there.append(outcome)
    if found is None:
        import pandas as pd

        return pd.DataFrame(columns=[*_KEYS, *factors]), []
    return found, there


def lme4_script(outcomes: Sequence[str], factors: Sequence[str]) -> str:
    """Return a script that fits lme4 models of these outcomes to the table of seats."""
    fixed = ", ".join(map(_quoted, ("speaker_role", "scenario", *factors)))
    calls = [f"fit({_quoted(outcome)}, c({fixed}))" for outcome in outcomes]
    return "\n".join((_HEAD, *calls, ""))


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
