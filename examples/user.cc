// A user in C++: enrols from recordings, answers a challenge from one. Links voizk::voizk and
// voizk::audio. A real client asks for the passphrase, keeps the sealed file readable by its owner
// alone and records with voizk::Record; `voizk enrol` and `voizk login` do.
//
//   user enrol PARTY PASSPHRASE SEALED PUBLIC RECORDING...
//   user prove PASSPHRASE SEALED CHALLENGE RECORDING PROOF
#include <voizk/audio.h>
#include <voizk/login.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string_view>

namespace {

std::vector<uint8_t> Read(const char* path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

template <typename Bytes>
bool Write(const char* path, const Bytes& bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<long>(bytes.size()));
  return out.flush().good();
}

/// The one built in, which needs no pin.
voizk::Result<voizk::TrustedBundle> TheBundle() {
  VOIZK_ASSIGN_OR_RETURN(auto bundle, voizk::Bundle::Default());
  return voizk::TrustedBundle::Make(std::move(bundle), {});
}

voizk::Result<voizk::PcmBuffer> Listen(const char* path, const voizk::Bundle& bundle) {
  voizk::DecodeOptions options;
  options.target_rate_hz = bundle.sample_rate_hz();
  return voizk::DecodeFile(path, options);
}

voizk::Status Enrol(const char* party, std::string_view passphrase, const char* sealed_path,
                    const char* public_path, std::span<char*> recordings) {
  VOIZK_ASSIGN_OR_RETURN(const auto bundle, TheBundle());
  std::vector<voizk::PcmBuffer> utterances;
  std::vector<std::span<const int16_t>> views;
  for (const char* path : recordings) {
    VOIZK_ASSIGN_OR_RETURN(auto pcm, Listen(path, *bundle));
    utterances.push_back(std::move(pcm));
    views.emplace_back(utterances.back().samples);
  }
  VOIZK_ASSIGN_OR_RETURN(const auto credential, voizk::Enrol(bundle, party, views, {}));
  VOIZK_ASSIGN_OR_RETURN(const auto sealed, voizk::SealCredential(credential, passphrase));
  VOIZK_ASSIGN_OR_RETURN(const auto json, voizk::PublicCredentialToJson(credential.Public()));
  if (!Write(sealed_path, sealed) || !Write(public_path, json)) {
    return {voizk::ErrorCode::kIo, "the credential cannot be written"};
  }
  return {};
}

voizk::Status Prove(std::string_view passphrase, const char* sealed_path,
                    const char* challenge_path, const char* recording, const char* proof_path) {
  VOIZK_ASSIGN_OR_RETURN(const auto bundle, TheBundle());
  VOIZK_ASSIGN_OR_RETURN(const auto challenge, voizk::ParseChallenge(Read(challenge_path)));
  VOIZK_ASSIGN_OR_RETURN(const auto pcm, Listen(recording, *bundle));
  VOIZK_ASSIGN_OR_RETURN(const auto credential,
                         voizk::OpenCredential(Read(sealed_path), passphrase));
  VOIZK_ASSIGN_OR_RETURN(const auto login, voizk::ProveLogin(bundle, credential, challenge,
                                                             pcm.samples, {.threads = 2}));
  if (login.refusal != voizk::Refusal::kNone) {
    return {voizk::ErrorCode::kRefused, voizk::RefusalText(login.refusal)};
  }
  if (!Write(proof_path, login.bytes)) return {voizk::ErrorCode::kIo, "no proof written"};
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char*> args(argv + 1, static_cast<size_t>(argc - 1));
  voizk::Status status(voizk::ErrorCode::kInvalidArgument, "usage: see the top of user.cc");
  if (args.size() > 5 && std::string_view(args[0]) == "enrol") {
    status = Enrol(args[1], args[2], args[3], args[4], args.subspan(5));
  } else if (args.size() == 6 && std::string_view(args[0]) == "prove") {
    status = Prove(args[1], args[2], args[3], args[4], args[5]);
  }
  if (status.ok()) return 0;
  std::cerr << status.error().message << "\n";
  return status.error().code == voizk::ErrorCode::kRefused ? 3 : 2;
}
