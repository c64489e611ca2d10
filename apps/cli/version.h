// voizk --version.
#ifndef VOIZK_CLI_VERSION_H_
#define VOIZK_CLI_VERSION_H_

#include "common.h"

namespace voizk::cli {

/// Version, commit where it was known at build time, suite, and the bundle with its digest.
int PrintVersion(const Context& context);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_VERSION_H_
