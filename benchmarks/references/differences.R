# Base R on two samples and four tables: `Rscript benchmarks/references/differences.R`. Printed in differences.txt.

warm <- c(5, 6, 7, 8, 9, 10, 7, 8, 6, 9, 8, 7)
plain <- c(4, 5, 6, 7, 6, 5, 4, 6)
cat("R", as.character(getRversion()), "\n")

welch <- t.test(warm, plain)
cat("Welch: difference", format(unname(diff(rev(welch$estimate))), digits = 8), "low", format(welch$conf.int[1], digits = 8),
    "high", format(welch$conf.int[2], digits = 8), "df", format(unname(welch$parameter), digits = 8), "p",
    format(welch$p.value, digits = 8), "\n")

# Hedges' g with its exact correction, the interval by inverting the noncentral t.
df <- length(warm) + length(plain) - 2
pooled <- sqrt(((length(warm) - 1) * var(warm) + (length(plain) - 1) * var(plain)) / df)
scale <- sqrt(1 / length(warm) + 1 / length(plain))
t <- (mean(warm) - mean(plain)) / pooled / scale
j <- gamma(df / 2) / (sqrt(df / 2) * gamma((df - 1) / 2))
end <- function(share) uniroot(function(ncp) pt(t, df, ncp) - share, c(-10, 20), tol = 1e-12)$root
cat("Hedges: g", format(j * t * scale, digits = 8), "low", format(j * scale * end(0.975), digits = 8), "high",
    format(j * scale * end(0.025), digits = 8), "\n")

# Cliff's delta by counting, its consistent variance by his definitions (1993, 1996), loops and all.
m <- length(warm); n <- length(plain)
d <- outer(warm, plain, function(x, y) sign(x - y)); delta <- mean(d)
rows <- 0; columns <- 0; cells <- 0
for (i in 1:m) rows <- rows + (mean(d[i, ]) - delta)^2
for (k in 1:n) columns <- columns + (mean(d[, k]) - delta)^2
for (i in 1:m) for (k in 1:n) cells <- cells + (d[i, k] - delta)^2
variance <- (n^2 * rows + m^2 * columns - cells) / (m * n * (m - 1) * (n - 1))
z <- qnorm(0.975)
half <- z * sqrt(variance) * sqrt((1 - delta^2)^2 + z^2 * variance)
ends <- (delta - delta^3 + c(-1, 1) * half) / (1 - delta^2 + z^2 * variance)
cat("Cliff: delta", format(delta, digits = 8), "variance", format(variance, digits = 8), "low", format(ends[1], digits = 8),
    "high", format(ends[2], digits = 8), "\n")

# Wilson, Fisher, Woolf.
wilson <- prop.test(8, 10, correct = FALSE)$conf.int
cat("Wilson 8 of 10:", format(wilson[1], digits = 8), format(wilson[2], digits = 8), "\n")
table <- matrix(c(56, 14, 48, 32), ncol = 2, byrow = TRUE)
log_odds <- log(56 * 32 / (14 * 48)); error <- sqrt(sum(1 / table))
cat("Fisher 56/70 v 48/80: p", format(fisher.test(table)$p.value, digits = 8), "\n")
cat("Woolf:", format(exp(log_odds), digits = 8), format(exp(log_odds - z * error), digits = 8),
    format(exp(log_odds + z * error), digits = 8), "\n")

# Families.
p <- c(0.01, 0.04, 0.03, 0.005, 0.8, 0.5)
cat("Holm", format(p.adjust(p, "holm"), digits = 8), "\n")
cat("BH", format(p.adjust(p, "BH"), digits = 8), "\n")

# Two one-sided tests within 3 either way: the larger p of both, by Welch.
tost <- max(t.test(warm, plain, mu = -3, alternative = "greater")$p.value,
            t.test(warm, plain, mu = 3, alternative = "less")$p.value)
cat("TOST within 3: p", format(tost, digits = 8), "\n")

# The power that the simulation must come to: 20 against 20, one standard deviation apart.
cat("power 20 v 20, d = 1:", format(power.t.test(20, 1, 1)$power, digits = 8), "\n")
