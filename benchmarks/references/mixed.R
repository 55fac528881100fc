# lme4 on the data of tests/unit/analysis/statistics/test_mixed.py: `Rscript benchmarks/references/mixed.R`.
# Six scenarios meant as a sample, two arms, two conversations of two seats in each; printed output in mixed.txt.

suppressPackageStartupMessages(library(lme4))

value <- c(6.0, 6.8, 5.4, 4.6, 7.4, 7.9, 6.9, 6.0, 4.6, 5.1, 3.6, 4.7, 5.0, 4.4, 7.0, 7.8, 5.9, 7.1, 4.6, 4.2, 6.8,
           7.0, 5.2, 6.4, 7.5, 8.2, 5.7, 6.5, 6.6, 7.2, 9.3, 8.4, 3.6, 4.5, 3.5, 2.6, 5.8, 5.2, 3.8, 5.0, 4.2, 5.0,
           7.6, 6.7, 8.1, 7.7, 6.9, 7.5)
data <- data.frame(
  value = value,
  scenario = factor(rep(1:6, each = 8)),
  warm = rep(rep(c(0, 1), each = 4), 6),
  conversation = factor(rep(1:24, each = 2)),
  seat = factor(rep(c("A", "B"), 24))
)

fit <- lmer(value ~ warm + seat + (1 | scenario) + (1 | conversation), data, REML = TRUE)
cat("R", as.character(getRversion()), "lme4", as.character(packageVersion("lme4")), "\n")
print(round(coef(summary(fit)), 6))
print(as.data.frame(VarCorr(fit))[, c("grp", "vcov")], digits = 7)
