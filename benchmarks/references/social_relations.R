# The social relations model by the formulas that TripleR is published with (Kenny 1994; Bond and Lashley 1996), loops
# and all: `Rscript benchmarks/references/social_relations.R`. Printed output in social_relations.txt.
# The first table is small enough for paper: row means 5, 4, 3, 2; column means 3, 3, 4, 4; grand mean 3.5; so the first
# actor effect is 9/8 * 5 + 3/8 * 3 - 3/2 * 3.5 = 1.5, the first partner effect 9/8 * 3 + 3/8 * 5 - 3/2 * 3.5 = 0.

fit <- function(x) {
  n <- nrow(x)
  r <- rowMeans(x, na.rm = TRUE); co <- colMeans(x, na.rm = TRUE); m <- mean(x, na.rm = TRUE)
  a <- (n - 1)^2 / (n * (n - 2)) * r + (n - 1) / (n * (n - 2)) * co - (n - 1) / (n - 2) * m
  p <- (n - 1)^2 / (n * (n - 2)) * co + (n - 1) / (n * (n - 2)) * r - (n - 1) / (n - 2) * m
  cat("actors", format(a, digits = 8), "\npartners", format(p, digits = 8), "\n")
  g <- matrix(0, n, n)
  for (i in 1:n) for (j in 1:n) if (i != j) g[i, j] <- x[i, j] - a[i] - p[j] - m
  cat("relationships\n"); print(round(g, 6))
  e <- 0; d <- 0
  for (i in 1:n) for (j in 1:n) if (i != j) {
    e <- e + ((g[i, j] + g[j, i]) / 2)^2
    d <- d + (g[i, j] - g[j, i])^2
  }
  D <- e / ((n - 1) * (n - 2) / 2 - 1)
  E <- d / 2 / ((n - 1) * (n - 2))
  g2 <- (D + E) / 2; gg <- (D - E) / 2
  own <- (g2 * (n - 1) + gg) / (n * (n - 2)); cross <- (gg * (n - 1) + g2) / (n * (n - 2))
  a2 <- sum(a^2) / (n - 1) - own; p2 <- sum(p^2) / (n - 1) - own; ap <- sum(a * p) / (n - 1) - cross

  # Bond and Lashley's standard errors, as polynomials in n.
  w <- (n^2 - 3 * n + 6) * (n^2 - 3 * n + 4); k <- w * (n + 1) * n^2 * (n - 2)^2
  mixed <- 4 * (n^5 - 5 * n^4 + 20 * n^3 - 42 * n^2 + 60 * n - 32) * g2 * gg / k
  both <- 2 * (n^6 - 7 * n^5 + 28 * n^4 - 66 * n^3 + 102 * n^2 - 84 * n + 32) * g2^2 / k +
    2 * (n^3 - n^2 - 2 * n + 16) * (n^2 - 2 * n + 2) * gg^2 / k + mixed
  effect <- function(v) sqrt(2 * v^2 / (n + 1) + both + 4 * v * ((n - 1) * g2 + gg) / ((n + 1) * n * (n - 2)))
  pair <- sqrt(2 * (n^2 - 3 * n + 5) * (g2^2 + gg^2) / w + 4 * g2 * gg / w)
  crossed <- sqrt(
    (n - 3) * ap^2 / ((n + 1) * (n - 2)) + (n - 1) * a2 * p2 / ((n + 1) * (n - 2)) +
      (n^6 - 5 * n^5 + 19 * n^4 - 45 * n^3 + 90 * n^2 - 96 * n + 64) * g2^2 / k +
      (n^6 - 7 * n^5 + 31 * n^4 - 83 * n^3 + 150 * n^2 - 144 * n + 64) * gg^2 / k +
      (n - 1) * (a2 + p2) * ((n - 1) * g2 + gg) / ((n + 1) * n * (n - 2)^2) +
      2 * (n - 3) * ap * (g2 + (n - 1) * gg) / ((n + 1) * n * (n - 2)^2) + mixed
  )
  print(format(data.frame(
    estimate = c(actor = a2, partner = p2, relationship = g2, actor_partner = ap, mirror = gg),
    error = c(effect(a2), effect(p2), pair, crossed, pair)
  ), digits = 8))
}

cat("R", as.character(getRversion()), "\n")
fit(matrix(c(NA, 4, 5, 6,
             4, NA, 5, 3,
             3, 3, NA, 3,
             2, 2, 2, NA), ncol = 4, byrow = TRUE))
fit(matrix(c(NA, 5.1, 6.3, 4.2, 7.7,
             3.9, NA, 5.0, 4.4, 6.1,
             2.2, 4.8, NA, 3.1, 5.9,
             6.6, 5.5, 7.2, NA, 8.3,
             4.1, 3.3, 4.9, 2.8, NA), ncol = 5, byrow = TRUE))
