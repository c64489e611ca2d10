// The JSON form of what a relying party stores.
#include "login/store/json_fields.h"
#include "login/store/text.h"
#include "voizk/challenge.h"
#include "voizk/credential.h"

namespace voizk {
namespace {

constexpr std::string_view kJsonType = "voizk-credential";
constexpr int64_t kJsonVersion = 1;

}  // namespace

Result<std::string> PublicCredentialToJson(const PublicCredential& credential) {
  VOIZK_RETURN_IF_ERROR(CheckRelyingParty(credential.relying_party));
  return std::move(JsonWriter()
                       .Text("type", kJsonType)
                       .Number("version", kJsonVersion)
                       .Text("id", credential.Id())
                       .Text("relying_party", credential.relying_party)
                       .Text("bundle_digest", ToBase64Url(credential.bundle_digest))
                       .Text("commitment", ToBase64Url(credential.commitment)))
      .Finish();
}

Result<PublicCredential> ParsePublicCredential(std::span<const uint8_t> json) {
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
}

}  // namespace voizk
