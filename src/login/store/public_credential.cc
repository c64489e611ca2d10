// The JSON form of what a relying party stores.
#include "base/exceptions.h"
#include "login/store/json_fields.h"
#include "login/store/text.h"
#include "voizk/challenge.h"
#include "voizk/credential.h"

namespace voizk {
namespace {

constexpr std::string_view kJsonType = "voizk-credential";
constexpr int64_t kJsonVersion = 2;  // 1 had digests in base64url

}  // namespace

Result<std::string> PublicCredentialToJson(const PublicCredential& credential) try {
  VOIZK_RETURN_IF_ERROR(CheckRelyingParty(credential.relying_party));
  return std::move(JsonWriter()
                       .Text("type", kJsonType)
                       .Number("version", kJsonVersion)
                       .Text("id", credential.Id())
                       .Text("relying_party", credential.relying_party)
                       .Text("bundle_digest", ToHex(credential.bundle_digest))
                       .Text("commitment", ToHex(credential.commitment)))
      .Finish();
} catch (...) {
  return ErrorOfException();
}

Result<PublicCredential> ParsePublicCredential(std::span<const uint8_t> json) try {
  constexpr std::array<std::string_view, 6> kNames = {
      "type", "version", "id", "relying_party", "bundle_digest", "commitment"};
  VOIZK_ASSIGN_OR_RETURN(const JsonFields fields, JsonFields::Parse(json, "credential", kNames));
  VOIZK_RETURN_IF_ERROR(fields.ExpectText("type", kJsonType));
  VOIZK_RETURN_IF_ERROR(fields.ExpectVersion("version", kJsonVersion));
  PublicCredential credential;
  VOIZK_ASSIGN_OR_RETURN(credential.relying_party, fields.Text("relying_party"));
  const Status name = CheckRelyingParty(credential.relying_party);
  if (!name.ok()) return fields.Fail(name.error().message);
  VOIZK_ASSIGN_OR_RETURN(credential.bundle_digest, fields.Bytes32("bundle_digest"));
  VOIZK_ASSIGN_OR_RETURN(credential.commitment, fields.Bytes32("commitment"));
  VOIZK_RETURN_IF_ERROR(fields.ExpectText("id", credential.Id()));
  return credential;
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
