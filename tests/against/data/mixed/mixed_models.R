# Writes mixed_models_golden.csv from mixed_models_data.csv (argument: the folder of both).
# R 4.2.2, lme4 1.1-31, lmerTest 3.1-3, pbkrtest 0.5.2, emmeans 1.8.4-1, nlme 3.1-162.
suppressMessages({library(lme4); library(lmerTest); library(emmeans); library(nlme)})
options(digits = 15)
folder <- commandArgs(TRUE)[1]
every <- read.csv(file.path(folder, "mixed_models_data.csv"))
lines <- "design,what,name,a,b,c,d,e"
out <- function(design, what, name, values) {
  values <- format(c(unlist(values), rep(NA, 5))[1:5], digits = 15, trim = TRUE)
  lines <<- c(lines, paste(c(design, what, name, values), collapse = ","))
}
for (design in unique(every$design)) {
  d <- droplevels(every[every$design == design, ])
  d$h <- factor(d$hour); d$dz <- factor(d$dose); d$occasion <- as.integer(d$h)
  two <- nlevels(d$dz) > 1
  m <- lmerTest::lmer(if (two) y ~ h * dz + (1 | patient) else y ~ h + (1 | patient), d)
  s <- summary(m)$coefficients
  for (i in seq_len(nrow(s))) out(design, "fixed", rownames(s)[i], s[i, ])  # estimate, SE, df, t, p
  v <- as.data.frame(VarCorr(m))$vcov
  out(design, "variance", "subject", v[1]); out(design, "variance", "scan", v[2])
  out(design, "criterion", "REML", REMLcrit(m))
  for (df in c("Satterthwaite", "Kenward-Roger")) {
    a <- as.data.frame(anova(m, ddf = df))
    for (i in seq_len(nrow(a))) out(design, paste("F", tolower(df)), rownames(a)[i], a[i, c("NumDF", "DenDF", "F value", "Pr(>F)")])
    e <- suppressMessages(emmeans(m, if (two) ~ h | dz else ~ h, lmer.df = tolower(df)))
    a <- as.data.frame(e)
    of <- function(i) if (two) as.character(a$dz[i]) else as.character(d$dose[1])
    for (i in seq_len(nrow(a))) out(design, paste("mean", tolower(df)), paste(of(i), a$h[i], sep = "|"), a[i, c("emmean", "SE", "df", "lower.CL", "upper.CL")])
    a <- as.data.frame(pairs(e))
    for (i in seq_len(nrow(a))) out(design, paste("pair", tolower(df)), paste(of(i), a$contrast[i], sep = "|"), a[i, c("estimate", "SE", "df", "t.ratio", "p.value")])
  }
  g <- gls(if (two) y ~ h * dz else y ~ h, d, correlation = corSymm(form = ~ occasion | patient),
           weights = varIdent(form = ~ 1 | h), method = "REML",
           control = glsControl(msTol = 1e-14, tolerance = 1e-14, maxIter = 2000, msMaxIter = 2000))
  s <- summary(g)$tTable
  for (i in seq_len(nrow(s))) out(design, "gls", rownames(s)[i], s[i, ])  # estimate, SE, t, p
  out(design, "gls likelihood", "REML", as.numeric(logLik(g)))
}
writeLines(lines, file.path(folder, "mixed_models_golden.csv"))
