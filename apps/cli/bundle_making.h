// `voizk bundle create`: a base bundle, an imported network, a list of trials.
#ifndef VOIZK_CLI_BUNDLE_MAKING_H_
#define VOIZK_CLI_BUNDLE_MAKING_H_

#include <string>

#include "eval_options.h"

namespace voizk::cli {

struct BundleOptions {
  std::string base;
  std::string speaker;
  std::string reads;   // "samples", "features", or empty: the input's name says it
  std::string voices;  // recordings to centre and project by; empty: the list's
  std::string name;
  double fmr = 0.01;
  std::string out;
  EvalOptions trials;
};

/// What `bundle create` and `bundle show` say of a bundle.
nlohmann::ordered_json BundleJson(const Bundle& bundle);
std::string BundleText(const Bundle& bundle);

int CreateBundle(const BundleOptions& options, const Context& context);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_BUNDLE_MAKING_H_
