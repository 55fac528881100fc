# survival on Freireich's remission times (1963): `Rscript benchmarks/references/survival.R`. Printed in survival.txt.

suppressPackageStartupMessages(library(survival))

treated <- c(6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
control <- c(1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)
data <- data.frame(
  time = c(treated, control),
  happened = c(rep(1, 9), rep(0, 12), rep(1, 21)),
  arm = rep(c("6-MP", "placebo"), each = 21)
)

cat("R", as.character(getRversion()), "survival", as.character(packageVersion("survival")), "\n")
for (arm in c("6-MP", "placebo")) {
  fit <- survfit(Surv(time, happened) ~ 1, data[data$arm == arm, ], conf.type = "log-log")
  found <- summary(fit)
  cat(arm, "\n")
  print(round(data.frame(time = found$time, at_risk = found$n.risk, share = found$surv, low = found$lower,
                         high = found$upper), 6), row.names = FALSE)
  print(round(quantile(fit, 0.5)$quantile, 6))
}
test <- survdiff(Surv(time, happened) ~ arm, data)
cat("log-rank", format(round(test$chisq, 6), nsmall = 6), "expected", round(test$exp, 6), "\n")
