// make_login FOLDER: one honest login with the bundle of random weights, as the four files that
// reference/verify.py reads (relation, inputs, statement, proof), so that the second verifier is
// held against a proof made in this very run.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "login/relying_party/login_file.h"
#include "login/relying_party/login_instance.h"
#include "login/user/open_bundle.h"
#include "relation/core/digest.h"
#include "voizk/challenge.h"
#include "voizk/login.h"

namespace voizk {
namespace {

Status MakeLogin(const std::string& folder) {
  const Bundle bundle = WriteBundle(folder + "/bundle", kOpenDecision);
  const std::vector<std::vector<int16_t>> spoken{Speechlike(3, 140), Speechlike(4, 141),
                                                 Speechlike(5, 139)};
  const std::vector<std::span<const int16_t>> utterances(spoken.begin(), spoken.end());
  VOIZK_ASSIGN_OR_RETURN(const SecretCredential credential,
                         Enrol(Pinned(bundle), "bank.example", utterances, {}));
  VOIZK_ASSIGN_OR_RETURN(const Challenge challenge,
                         MakeChallenge("bank.example", 5, 1'700'000'000, 120));
  VOIZK_ASSIGN_OR_RETURN(
      const auto made, ProveLogin(Pinned(bundle), credential, challenge, Speechlike(2.4, 140), {}));
  VOIZK_ASSIGN_OR_RETURN(const LoginFile file, ParseLoginFile(made.bytes));
  VOIZK_ASSIGN_OR_RETURN(const LoginInstance login,
                         MakeLoginInstance(bundle, credential.Public(), challenge, file.frames));
  const auto write = [&](const char* name, ByteSpan bytes) {
    std::ofstream(folder + "/login." + name + ".bin", std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  };
  write("relation", SerializeRelation(login.instance.relation()));
  write("inputs", login.public_values.SerializeInputs());
  write("statement", login.public_values.Serialize());
  write("proof", file.proof);
  return {};
}

}  // namespace
}  // namespace voizk

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::filesystem::create_directories(argv[1]);
  const voizk::Status status = voizk::MakeLogin(argv[1]);
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.error().message.c_str());
  return status.ok() ? 0 : 1;
}
