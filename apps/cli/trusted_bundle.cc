#include "trusted_bundle.h"

#include <fmt/format.h>

#include <vector>

#include "base/files.h"
#include "login/bundle/bundle_data.h"
#include "user_folder.h"

namespace voizk::cli {
namespace {

constexpr size_t kMaxPinBytes = 4096;

/// The user's folder of pins; each is a file named by a digest.
class Pins {
 public:
  explicit Pins(std::string folder) : folder_(std::move(folder)) {}

  /// What others could have put there counts for nothing.
  Result<bool> Has(const std::string& digest) const {
    const Status status = CheckPrivateFolder(folder_);
    if (!status.ok()) {
      if (status.error().code == ErrorCode::kNotFound) return false;
      return status;
    }
    const auto pin = ReadSmallFile(folder_ + "/" + digest, kMaxPinBytes);
    if (!pin.ok() && pin.error().code == ErrorCode::kNotFound) return false;
    VOIZK_RETURN_IF_ERROR(pin.status());
    return true;
  }

  Status Add(const std::string& digest, const Bundle& bundle) const {
    VOIZK_RETURN_IF_ERROR(MakePrivateFolder(folder_));
    return WriteFileAtomically(folder_ + "/" + digest, AsBytes(bundle.name() + "\n"), 0600,
                               IfExists::kReplace);
  }

 private:
  std::string folder_;
};

Status CheckNamed(const Context& context, const std::string& digest) {
  if (context.trust_bundle.empty() || context.trust_bundle == digest) return {};
  return {ErrorCode::kInvalidArgument,
          fmt::format("--trust-bundle names {}, but this bundle has the digest {}",
                      context.trust_bundle, digest)};
}

Error NotTrusted(const Context& context, const std::string& digest) {
  return {ErrorCode::kInvalidArgument,
          fmt::format("{}: you have not trusted this bundle. A bundle decides what each yes "
                      "or refusal tells about you. If you know who made it, and they say that "
                      "its digest is {}, add --trust-bundle {}",
                      context.bundle_folder, digest, digest)};
}

/// Before a bundle of somebody's is parsed, which may take memory and time: whether it is one that
/// would be trusted.  What is loaded afterwards is held to its own digest.
Status CheckUnparsed(const Context& context) {
  VOIZK_ASSIGN_OR_RETURN(const BundleDigest found, DigestOfBundle(context.bundle_folder));
  const std::string digest = Hex(found);
  VOIZK_RETURN_IF_ERROR(CheckNamed(context, digest));
  if (!context.trust_bundle.empty()) return {};
  VOIZK_ASSIGN_OR_RETURN(const std::string folder, UserFolder("trusted-bundles"));
  VOIZK_ASSIGN_OR_RETURN(const bool pinned, Pins(folder).Has(digest));
  if (pinned) return {};
  const auto built_in = Bundle::Default();
  if (built_in.ok() && built_in->digest() == found) return {};
  return NotTrusted(context, digest);
}

}  // namespace

Result<TrustedBundle> LoadTrustedBundle(const Context& context) {
  if (!context.bundle_folder.empty()) VOIZK_RETURN_IF_ERROR(CheckUnparsed(context));
  VOIZK_ASSIGN_OR_RETURN(Bundle bundle, context.LoadBundle());
  const std::string digest = Hex(bundle.digest());
  VOIZK_RETURN_IF_ERROR(CheckNamed(context, digest));
  std::vector<BundleDigest> pinned;
  if (!context.bundle_folder.empty()) {
    VOIZK_ASSIGN_OR_RETURN(const std::string folder, UserFolder("trusted-bundles"));
    const Pins pins(folder);
    VOIZK_ASSIGN_OR_RETURN(bool trusted, pins.Has(digest));
    if (!trusted && !context.trust_bundle.empty()) {
      VOIZK_RETURN_IF_ERROR(pins.Add(digest, bundle));
      trusted = true;
    }
    if (trusted) pinned.push_back(bundle.digest());
  }
  auto made = TrustedBundle::Make(std::move(bundle), pinned);
  if (made.ok() || made.error().code != ErrorCode::kInvalidArgument) return made;
  return NotTrusted(context, digest);
}

}  // namespace voizk::cli
