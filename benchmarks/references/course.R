# Base R on what happens over turns: `Rscript benchmarks/references/course.R`. Printed in course.txt.

cat("R", as.character(getRversion()), "\n")

# Influence: one seat's turns on its own last turn, the other's last turn and time, by lm. Turns of A and B alternate.
y <- c(3.1, 2.2, 4.0, 3.7, 4.4, 2.9, 5.2, 4.1, 4.9, 5.0, 6.1, 4.8, 5.7, 5.9, 6.6, 5.1, 6.0, 6.4, 7.2, 6.1, 6.8, 7.0, 7.9, 6.6)
slopes <- function(turns, place) {
  at <- seq(place, length(turns), by = 2)
  at <- at[at > 2]
  fit <- lm(turns[at] ~ turns[at - 2] + turns[at - 1] + at)
  unname(coef(fit)[2:3])
}
for (place in 1:2) cat("seat", c("A", "B")[place], "phi psi", format(slopes(y, place), digits = 8), "\n")
for (place in 1:2) {
  half <- (slopes(y[1:12], place) + slopes(y[13:24], place)) / 2
  cat("seat", c("A", "B")[place], "jackknifed", format(2 * slopes(y, place) - half, digits = 8), "\n")
}

# Transitions: the table of two sequences, its expected counts and adjusted residuals, by chisq.test.
one <- c("ask", "tell", "ask", "ask", "tell", "joke", "ask", "tell", "tell", "ask")
other <- c("tell", "ask", "tell", "joke", "joke", "ask", "tell", "ask", "tell")
labels <- c("ask", "joke", "tell")
given <- factor(c(head(one, -1), head(other, -1)), labels)
target <- factor(c(tail(one, -1), tail(other, -1)), labels)
found <- suppressWarnings(chisq.test(table(given, target)))
print(found$observed)
print(round(found$expected, 6))
print(round(found$stdres, 6))

# Re-pairing: likeness of A's and B's numbers is minus their squared distance; three conversations of one cell.
a <- c(1, 4, 6); b <- c(2, 5, 9)
likeness <- -outer(a, b, "-")^2
excess <- function(t) mean(diag(t)) - (sum(t) - sum(diag(t))) / (nrow(t) * (nrow(t) - 1))
left <- sapply(1:3, function(k) excess(likeness[-k, -k]))
cat("re-paired: excess", format(excess(likeness), digits = 8), "standard error",
    format(sqrt(2 / 3 * sum((left - mean(left))^2)), digits = 8), "\n")
