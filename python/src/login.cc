// Enrolment, check, proof and verification of logins.  Everything that takes time runs without
// Python's lock, on copies of what it works on.
#include <pybind11/stl.h>
#include <voizk/challenge.h>
#include <voizk/credential.h>
#include <voizk/login.h>
#include <voizk/verify.h>

#include <optional>
#include <tuple>

#include "convert.h"

namespace voizk::python {
namespace {

using Pin = std::optional<py::bytes>;

TrustedBundle Trust(const Bundle& bundle, const Pin& pinned) {
  std::vector<BundleDigest> digests;
  if (pinned) {
    const std::vector<uint8_t> bytes = ToVector(*pinned);
    if (bytes.size() != std::tuple_size_v<BundleDigest>) {
      Raise({ErrorCode::kInvalidArgument, "pinned: a digest has 32 bytes"});
    }
    std::copy(bytes.begin(), bytes.end(), digests.emplace_back().begin());
  }
  return Take(TrustedBundle::Make(bundle, digests));
}

WorkOptions Work(int threads) {
  if (threads < 1 || threads > 256) Raise({ErrorCode::kInvalidArgument, "threads: 1 to 256"});
  WorkOptions options;
  options.threads = threads;
  return options;
}

std::tuple<py::bytes, py::bytes> EnrolVoice(const Bundle& bundle, const std::string& relying_party,
                                            const std::vector<Pcm>& utterances,
                                            const py::bytes& passphrase, const std::string& label,
                                            int threads, const Pin& pinned) {
  const TrustedBundle trusted = Trust(bundle, pinned);
  const WorkOptions work = Work(threads);
  std::vector<SecureVector<int16_t>> copies;
  for (const Pcm& pcm : utterances) copies.push_back(ToSamples(pcm));
  const SecureVector<char> secret = ToSecret(passphrase);
  const auto made = [&]() -> Result<std::pair<std::vector<uint8_t>, std::string>> {
    const py::gil_scoped_release unlocked;
    VOIZK_RETURN_IF_ERROR(CheckNewPassphrase(secret));
    const std::vector<std::span<const int16_t>> views(copies.begin(), copies.end());
    VOIZK_ASSIGN_OR_RETURN(SecretCredential credential, Enrol(trusted, relying_party, views, work));
    credential.label = label;
    credential.created_unix_s = SystemUnixSeconds();
    VOIZK_ASSIGN_OR_RETURN(auto sealed, SealCredential(credential, secret));
    VOIZK_ASSIGN_OR_RETURN(auto json, PublicCredentialToJson(credential.Public()));
    return std::pair(std::move(sealed), std::move(json));
  };
  const auto [sealed, json] = Take(made());
  return {ToBytes(sealed), py::bytes(json)};
}

/// What check and prove work on.
struct Attempt {
  TrustedBundle bundle;
  WorkOptions work;
  std::vector<uint8_t> sealed;
  SecureVector<char> passphrase;
  Challenge challenge;
  SecureVector<int16_t> samples;

  Attempt(const Bundle& given, const py::bytes& credential, const py::bytes& secret,
          const py::bytes& asked, const Pcm& pcm, int threads, const Pin& pinned)
      : bundle(Trust(given, pinned)),
        work(Work(threads)),
        sealed(ToVector(credential)),
        passphrase(ToSecret(secret)),
        challenge(Take(ParseChallenge(ToVector(asked)))),
        samples(ToSamples(pcm)) {}
};

std::optional<std::string> CheckRecording(const Bundle& bundle, const py::bytes& sealed,
                                          const py::bytes& passphrase, const py::bytes& challenge,
                                          const Pcm& pcm, int threads, const Pin& pinned) {
  const Attempt a(bundle, sealed, passphrase, challenge, pcm, threads, pinned);
  const auto checked = [&]() -> Result<Refusal> {
    const py::gil_scoped_release unlocked;
    VOIZK_ASSIGN_OR_RETURN(const auto credential, OpenCredential(a.sealed, a.passphrase));
    return CheckLogin(a.bundle, credential, a.challenge, a.samples, a.work);
  };
  const Refusal refusal = Take(checked());
  if (refusal == Refusal::kNone) return std::nullopt;
  return RefusalName(refusal);
}

py::bytes Prove(const Bundle& bundle, const py::bytes& sealed, const py::bytes& passphrase,
                const py::bytes& challenge, const Pcm& pcm, int threads, const Pin& pinned) {
  const Attempt a(bundle, sealed, passphrase, challenge, pcm, threads, pinned);
  const auto proven = [&]() -> Result<LoginProof> {
    const py::gil_scoped_release unlocked;
    VOIZK_RETURN_IF_ERROR(CheckChallengeTime(a.challenge, SystemUnixSeconds()));
    VOIZK_ASSIGN_OR_RETURN(const auto credential, OpenCredential(a.sealed, a.passphrase));
    return ProveLogin(a.bundle, credential, a.challenge, a.samples, a.work);
  };
  const LoginProof proof = Take(proven());
  if (proof.refusal != Refusal::kNone) {
    RaiseRefused(RefusalName(proof.refusal), RefusalText(proof.refusal));
  }
  return ToBytes(proof.bytes);
}

void VerifyOnce(const LoginVerifier& verifier, const py::bytes& challenge,
                const py::bytes& credential, const py::bytes& proof, const std::string& state) {
  LoginPolicy policy{.bundle = verifier.bundle(),
                     .credential = Take(ParsePublicCredential(ToVector(credential))),
                     .challenge = Take(ParseChallenge(ToVector(challenge))),
                     .allowed_buckets = {}};
  const std::vector<uint8_t> bytes = ToVector(proof);
  Check([&] {
    const py::gil_scoped_release unlocked;
    return verifier.VerifyOnce(policy, bytes, state);
  }());
}

py::bytes NewChallenge(const std::string& relying_party, size_t digits, int64_t lifetime) {
  const Challenge challenge =
      Take(MakeChallenge(relying_party, digits, SystemUnixSeconds(), lifetime));
  return py::bytes(Take(ChallengeToJson(challenge)));
}

}  // namespace

void AddLogin(py::module_* module) {
  using py::arg;
  py::class_<Bundle>(*module, "Bundle")
      .def(py::init([] { return Take(Bundle::Default()); }))
      .def_static(
          "load", [](const std::string& folder) { return Take(Bundle::Load(folder)); },
          arg("folder"))
      .def_property_readonly("name", &Bundle::name)
      .def_property_readonly("digest", [](const Bundle& b) { return ToBytes(b.digest()); })
      .def_property_readonly("sample_rate_hz", &Bundle::sample_rate_hz);
  py::class_<LoginVerifier>(*module, "Verifier")
      .def(py::init([](const Bundle& bundle, size_t max_bytes) {
             LoginVerifier verifier(bundle, max_bytes);
             Check(verifier.status());
             return verifier;
           }),
           arg("bundle"), arg("max_bytes") = LoginVerifier::kDefaultBytes)
      .def("verify_once", &VerifyOnce, arg("challenge"), arg("credential"), arg("proof"),
           arg("state_folder"));
  module->def("enrol", &EnrolVoice, arg("bundle"), arg("relying_party"),
              arg("utterances").noconvert(), arg("passphrase"), py::kw_only(), arg("label") = "",
              arg("threads") = 1, arg("pinned") = py::none());
  module->def("check", &CheckRecording, arg("bundle"), arg("sealed"), arg("passphrase"),
              arg("challenge"), arg("pcm").noconvert(), py::kw_only(), arg("threads") = 1,
              arg("pinned") = py::none());
  module->def("prove", &Prove, arg("bundle"), arg("sealed"), arg("passphrase"), arg("challenge"),
              arg("pcm").noconvert(), py::kw_only(), arg("threads") = 1,
              arg("pinned") = py::none());
  module->def("new_challenge", &NewChallenge, arg("relying_party"), py::kw_only(),
              arg("digits") = 6, arg("lifetime_s") = 120);
  module->def(
      "phrase",
      [](const py::bytes& challenge) {
        return PhraseText(Take(ParseChallenge(ToVector(challenge))));
      },
      arg("challenge"));
  module->def(
      "init_state",
      [](const std::string& folder) { Check(InitialiseState(folder, SystemUnixSeconds)); },
      arg("folder"));
}

}  // namespace voizk::python
