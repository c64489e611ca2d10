// Detection error tradeoff and scores of trials as one picture.
#ifndef VOIZK_CLI_DRAW_RATES_H_
#define VOIZK_CLI_DRAW_RATES_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "evaluation/trials/rates.h"
#include "voizk/result.h"

namespace voizk::cli {

struct PlottedSystem {
  std::string title;
  std::span<const ScoredTrial> trials;
};

/// kInvalidArgument unless the name ends in .svg or .png.
Status CheckPlotName(const std::string& path);

/// Left FNMR over FMR on axes of normal deviates (Martin et al., Eurospeech 1997), every system a
/// curve, right the first system's scores by kind of trial, with the threshold if there is one.
/// Into each file, by its ending.  kInvalidArgument: no system; and what WriteFile says.
Status WritePlots(const std::vector<std::string>& paths, const std::vector<PlottedSystem>& systems,
                  std::optional<double> threshold);

/// The x with Phi(x) = p, p in (0, 1), within 1e-9.
double NormalDeviate(double p);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_DRAW_RATES_H_
