// certify FOLDER: builds the login of a bundle at every bucket and runs the interval certificate
// and the soundness table on it.  The build of voizk runs this on the shipped bundle and fails if
// it fails.
#include <iostream>
#include <memory>
#include <string>

#include "login/bundle/login_model.h"
#include "proof/protocol/instance.h"
#include "proof/security/table.h"

namespace voizk {
namespace {

Status CertifyBundle(const std::string& folder) {
  VOIZK_ASSIGN_OR_RETURN(const auto bundle, LoadBundle(folder));
  const LoginModel model = MakeLoginModel(bundle);
  for (const uint32_t frames : bundle->buckets) {
    const auto digits = static_cast<size_t>(bundle->decision.phrase_digits_max);
    VOIZK_ASSIGN_OR_RETURN(Relation relation, BuildLoginRelation(model, {frames, digits}));
    VOIZK_ASSIGN_OR_RETURN(const Instance instance,
                           Instance::Make(std::make_shared<const Relation>(std::move(relation))));
    const auto terms = SoundnessTable(instance.params(), instance.counts());
    std::cout << bundle->name << ", " << frames << " frames: certificate holds, "
              << TotalBits(terms) << " bits\n";
    if (TotalError(terms) > ErrorOfBits(kRequiredBits)) {
      return {ErrorCode::kUnsupported,
              "soundness below " + std::to_string(kRequiredBits) + " bits"};
    }
  }
  return {};
}

}  // namespace
}  // namespace voizk

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: certify FOLDER\n";
    return 2;
  }
  const voizk::Status status = voizk::CertifyBundle(argv[1]);
  if (!status.ok()) std::cerr << argv[1] << ": " << status.error().message << '\n';
  return status.ok() ? 0 : 1;
}
