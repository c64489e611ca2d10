#include "version.h"

#include <fmt/format.h>

#include "network/statement/network_public_values.h"
#include "proof/protocol/container.h"
#include "voizk/verify.h"
#include "voizk_commit.h"
#include "voizk_version.h"

namespace voizk::cli {

int PrintVersion(const Context& context) {
  const auto bundle = context.LoadBundle();
  if (!bundle.ok()) return ReportError(context, bundle.error());
  const std::string commit = VOIZK_COMMIT;
  Print(context,
        {{"version", VOIZK_VERSION},
         {"commit", commit},
         {"suite", kLoginSuite},
         {"suites", {kLoginSuite, kNetworkSuite, kProofSuite}},
         {"bundle", {{"name", bundle->name()}, {"digest", Hex(bundle->digest())}}}},
        fmt::format("voizk {}{}\nsuites {}, {}, {}\nbundle {} {}", VOIZK_VERSION,
                    commit.empty() ? "" : " (" + commit + ")", kLoginSuite, kNetworkSuite,
                    kProofSuite, bundle->name(), Hex(bundle->digest())));
  return kExitOk;
}

}  // namespace voizk::cli
