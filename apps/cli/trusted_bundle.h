// The bundle of the commands that work on somebody's voice: one that its user trusts.
#ifndef VOIZK_CLI_TRUSTED_BUNDLE_H_
#define VOIZK_CLI_TRUSTED_BUNDLE_H_

#include "common.h"
#include "voizk/login.h"

namespace voizk::cli {

/// The bundle built in; or that of --bundle, if it is the same, if its digest was pinned before, or
/// if --trust-bundle names its digest, which is then remembered: a file of that name in the user's
/// folder "trusted-bundles".  kInvalidArgument otherwise, saying the digest, before more of it is
/// read than the weights file's name; errors of Context::LoadBundle and UserFolder.
Result<TrustedBundle> LoadTrustedBundle(const Context& context);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_TRUSTED_BUNDLE_H_
