// Whole logins on dev speakers' speech with the shipped bundles: what ProveLogin decides is what
// the plain integer model decides (plain_decision.h), for the speaker, for impostors and for wrong
// words; what it proves verifies, and for nothing else.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <thread>

#include "accuracy/plain_decision.h"
#include "accuracy/plain_model.h"
#include "accuracy/speech_data.h"
#include "accuracy/spoken_phrases.h"
#include "login/bundle/bundle_data.h"
#include "login/user/refusal.h"
#include "source_dir.h"
#include "support/other_phrase.h"
#include "voizk/login.h"
#include "voizk/verify.h"

namespace voizk {
namespace {

constexpr char kParty[] = "bank.example";
constexpr int64_t kNow = 1'700'000'000;

TrustedBundle Trusted(const Bundle& bundle) {
  const BundleDigest pin = bundle.digest();
  return *TrustedBundle::Make(bundle, {&pin, 1});
}

struct Tally {
  int accepted = 0, wrong_words = 0, uneven = 0, not_this_voice = 0, other = 0;
  void Add(Refusal r) {
    ++(r == Refusal::kNone           ? accepted
       : r == Refusal::kWrongWords   ? wrong_words
       : r == Refusal::kUnevenDigits ? uneven
       : r == Refusal::kNotThisVoice ? not_this_voice
                                     : other);
  }
  int all() const { return accepted + wrong_words + uneven + not_this_voice + other; }
};

void Print(const char* what, const Tally& t) {
  std::printf(
      "%s: %d logins, proven %d, wrong words %d, uneven digits %d, not this voice %d, other "
      "refusals %d\n",
      what, t.all(), t.accepted, t.wrong_words, t.uneven, t.not_this_voice, t.other);
}

class LoginTrials : public ::testing::TestWithParam<const char*> {  // a folder of models/
 protected:
  void SetUp() override {
    const auto folder = SpeechFolder();
    if (!folder) GTEST_SKIP() << "no recordings: set VOIZK_SPEECH_DIR to the folder of index.tsv";
    auto bundle = Bundle::Load(std::string(VOIZK_SOURCE_DIR) + "/models/" + GetParam());
    ASSERT_TRUE(bundle.ok()) << bundle.error().message;
    ThreadPool pool(static_cast<size_t>(options_.threads));
    model_.emplace(*bundle, PlainModel::Refusals::kHeeded, pool);
    const std::vector<Utterance> speech = LoadDevSpeech(*folder, {"an4", "fsdd"}, pool);
    const Alignments alignments = LoadAlignments(*folder);
    phrases_ = NaturalPhrases(speech, alignments);
    for (SpokenPhrase& p : JoinedPhrases(speech, alignments, 3)) phrases_.push_back(std::move(p));
    for (const SpokenPhrase& p : phrases_) {
      if (credentials_.contains(p.speaker)) continue;
      const auto utterances = EnrolmentOf(p.speaker, speech, alignments);
      const std::vector<std::span<const int16_t>> spans(utterances.begin(), utterances.end());
      auto credential = Enrol(Trusted(*bundle), kParty, spans, options_);
      ASSERT_TRUE(credential.ok()) << p.speaker << ": " << credential.error().message;
      credentials_.emplace(p.speaker, std::move(*credential));
      enrolled_with_[p.speaker] = utterances.front();
    }
  }

  static Challenge ChallengeFor(const std::vector<uint8_t>& digits) {
    Challenge challenge = *MakeChallenge(kParty, digits.size(), kNow, 120);
    challenge.digits = digits;
    return challenge;
  }
  LoginPolicy Policy(const SecretCredential& credential, const Challenge& challenge) const {
    return {model_->bundle(), credential.Public(), challenge, {}, [] { return kNow + 10; }};
  }
  /// `steps` further round the table of speakers.
  const SecretCredential& Other(const std::string& speaker, size_t steps) const {
    auto at = credentials_.find(speaker);
    for (size_t i = 0; i < steps; ++i) {
      if (++at == credentials_.end()) at = credentials_.begin();
    }
    return at->second;
  }
  /// What the plain integer model says of one recording, for any phrase and template.
  Refusal Expected(const Result<Heard>& heard, const std::vector<uint8_t>& digits,
                   const SecretCredential& credential) const {
    if (!heard.ok()) return RefusalOf(heard.error().message);
    return Decide(*model_, *heard, digits, credential.voice_template);
  }
  /// Would the phrase be accepted if any amount of other speech were allowed, and is it not?
  bool OutsideAlone(const Heard& heard, const std::vector<uint8_t>& digits) const {
    const DecisionConfig& c = model_->bundle().data().decision;
    DecisionConfig lax = c;
    lax.outside_max = static_cast<int32_t>(heard.voiced.size());
    return SpokenMask(c, heard, digits).empty() && !SpokenMask(lax, heard, digits).empty();
  }
  /// Logs in and holds the outcome against the expected one.
  std::vector<uint8_t> LogIn(const SpokenPhrase& p, const Result<Heard>& heard,
                             const SecretCredential& credential, const Challenge& challenge,
                             Tally& tally) const {
    const auto made = ProveLogin(Trusted(model_->bundle()), credential, challenge, p.pcm, options_);
    EXPECT_TRUE(made.ok()) << p.speaker << ": " << made.error().message;
    if (!made.ok()) return {};
    const Refusal expected = Expected(heard, challenge.digits, credential);
    EXPECT_EQ(made->refusal, expected)
        << p.source << " of " << p.speaker << " for " << PhraseText(challenge) << ": login says "
        << RefusalText(made->refusal) << " Plain integers say " << RefusalText(expected);
    EXPECT_EQ(made->bytes.empty(), made->refusal != Refusal::kNone);
    tally.Add(made->refusal);
    if (!made->bytes.empty()) {
      const Status verified = VerifyLogin(Policy(credential, challenge), made->bytes);
      EXPECT_TRUE(verified.ok()) << p.speaker << ": " << verified.error().message;
    }
    return made->bytes;
  }
  /// A proof for one phrase and credential proves nothing about others.
  void ExpectBound(const SpokenPhrase& p, const SecretCredential& credential,
                   const Challenge& challenge, const std::vector<uint8_t>& proof) const {
    Challenge altered = challenge;
    altered.digits = WithOtherDigit(altered.digits, altered.digits.size() / 2);
    const Status phrase = VerifyLogin(Policy(credential, altered), proof);
    ASSERT_FALSE(phrase.ok()) << p.speaker << " under another phrase";
    EXPECT_EQ(phrase.error().code, ErrorCode::kProofRejected);
    const Status voice = VerifyLogin(Policy(Other(p.speaker, 1), challenge), proof);
    ASSERT_FALSE(voice.ok()) << p.speaker << " under another credential";
    EXPECT_EQ(voice.error().code, ErrorCode::kProofRejected);
  }

  WorkOptions options_{static_cast<int>(std::max(1U, std::thread::hardware_concurrency())), {}};
  std::optional<PlainModel> model_;
  std::vector<SpokenPhrase> phrases_;
  std::map<std::string, SecretCredential> credentials_;
  std::map<std::string, std::vector<int16_t>> enrolled_with_;  // the longest utterance
};

TEST_P(LoginTrials, DecideAsThePlainModelAndProve) {
  ASSERT_GE(credentials_.size(), 9U);
  Tally natural, joined, impostor, wrong_words;
  int falsely_accepted = 0, impostor_trials = 0;
  for (const SpokenPhrase& p : phrases_) {
    const Result<Heard> heard = model_->Hear(p.pcm);
    const SecretCredential& own = credentials_.at(p.speaker);
    const Challenge challenge = ChallengeFor(p.digits);
    ASSERT_TRUE(CheckChallenge(challenge).ok());
    Tally& genuine = p.source == kJoinedDigits ? joined : natural;
    const std::vector<uint8_t> proof = LogIn(p, heard, own, challenge, genuine);
    if (!proof.empty()) ExpectBound(p, own, challenge, proof);
    // Two other speakers' credentials in any case, and every one that the integers let in.
    for (size_t steps = 1; steps < credentials_.size(); ++steps) {
      const SecretCredential& other = Other(p.speaker, steps);
      const bool let_in = Expected(heard, p.digits, other) == Refusal::kNone;
      falsely_accepted += let_in ? 1 : 0;
      ++impostor_trials;
      if (let_in || steps == 1 || steps == 4) LogIn(p, heard, other, challenge, impostor);
    }
    LogIn(p, heard, own, ChallengeFor(WithOtherDigit(p.digits, p.digits.size() / 2)), wrong_words);
  }
  Print("AN4 digit strings, the speaker", natural);
  Print("joined digits, the speaker", joined);
  Print("another's credential", impostor);
  Print("one digit changed", wrong_words);
  std::printf("plain integers let in %d of %d impostors\n", falsely_accepted, impostor_trials);
  const int proven = natural.accepted + joined.accepted + impostor.accepted + wrong_words.accepted;
  EXPECT_GE(natural.accepted + joined.accepted, 20);
  EXPECT_EQ(impostor.accepted, falsely_accepted);
  EXPECT_GT(impostor.not_this_voice, impostor.all() / 2);
  EXPECT_GT(wrong_words.wrong_words, wrong_words.all() / 2);
  std::printf("%d proofs made and verified\n", proven);
}

// Other speech of the same voice before the phrase: the bound on voiced frames outside of it.
TEST_P(LoginTrials, DecideAsThePlainModelAboutOtherSpeech) {
  Tally tally;
  int too_much = 0;
  for (const SpokenPhrase& p : phrases_) {
    if (p.source == kJoinedDigits) continue;
    for (const double seconds : {0.3, 0.6}) {
      SpokenPhrase longer = p;
      const std::vector<int16_t>& other = enrolled_with_.at(p.speaker);
      const auto middle = other.begin() + static_cast<ptrdiff_t>(other.size() / 2);
      longer.pcm.insert(longer.pcm.begin(), middle,
                        middle + static_cast<ptrdiff_t>(seconds * kSpeechRate));
      const Result<Heard> heard = model_->Hear(longer.pcm);
      LogIn(longer, heard, credentials_.at(p.speaker), ChallengeFor(p.digits), tally);
      if (heard.ok()) too_much += OutsideAlone(*heard, p.digits) ? 1 : 0;
    }
  }
  Print("other speech before the phrase", tally);
  std::printf("%d of them refused for nothing but the speech outside\n", too_much);
  EXPECT_GT(too_much, 0);
}

INSTANTIATE_TEST_SUITE_P(Bundles, LoginTrials, ::testing::Values("digits8k", "large8k"));

}  // namespace
}  // namespace voizk
