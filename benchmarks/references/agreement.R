# psych on three small tables: `Rscript benchmarks/references/agreement.R`. Printed in agreement.txt.

suppressPackageStartupMessages(library(psych))

cat("R", as.character(getRversion()), "psych", as.character(packageVersion("psych")), "\n")

# Shrout and Fleiss (1979), table 2: six targets, four judges.
scores <- matrix(c(9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7), ncol = 4, byrow = TRUE)
found <- ICC(scores, lmer = FALSE)$results
print(format(found[found$type == "ICC2k", c("type", "ICC", "lower bound", "upper bound")], digits = 7))

# Two raters, fifty items.
one <- c(rep("yes", 25), rep("no", 25))
other <- c(rep("yes", 20), rep("no", 5), rep("yes", 10), rep("no", 15))
kappa <- cohen.kappa(cbind(one, other))
print(round(kappa$confid, 6))
cat("variance of kappa", format(kappa$var.kappa, digits = 7), "\n")

# Three labels.
table <- matrix(c(14, 3, 1, 2, 11, 4, 0, 5, 10), ncol = 3, byrow = TRUE)
kappa <- cohen.kappa(table)
print(round(kappa$confid, 6))
cat("variance of kappa", format(kappa$var.kappa, digits = 7), "\n")
