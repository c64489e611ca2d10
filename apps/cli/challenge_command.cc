// voizk challenge: the relying party asks for a fresh phrase.
#include <fmt/format.h>

#include <memory>

#include "common.h"
#include "proven_enrolment.h"
#include "voizk/challenge.h"
#include "voizk/enrolment.h"

namespace voizk::cli {
namespace challenge_command {
namespace {

struct Options {
  std::string relying_party;
  size_t digits = 6;
  int64_t lifetime_s = 120;
  std::string phrase;
  size_t enrolment = 0;  // phrases of one
  std::string out;
};

Result<Challenge> Make(const Options& options, const Context& context) {
  VOIZK_RETURN_IF_ERROR(CheckFiles(context, {.outputs = {options.out}}, /*object=*/true));
  VOIZK_ASSIGN_OR_RETURN(Challenge challenge,
                         MakeChallenge(options.relying_party, options.digits, SystemUnixSeconds(),
                                       options.lifetime_s));
  if (!options.phrase.empty()) {
    VOIZK_ASSIGN_OR_RETURN(challenge.digits, ParsePhrase(options.phrase));
    VOIZK_RETURN_IF_ERROR(CheckChallenge(challenge));
  }
  return challenge;
}

int Run(const Options& options, const Context& context) {
  const auto challenge = Make(options, context);
  if (!challenge.ok()) return ReportError(context, challenge.error());
  const auto json = ChallengeToJson(*challenge);
  if (!json.ok()) return ReportError(context, json.error());
  if (const Status status = WriteFile(options.out, *json); !status.ok()) {
    return ReportError(context, status.error());
  }
  if (options.out == "-") return kExitOk;  // it is the one object
  nlohmann::ordered_json phrases = nlohmann::ordered_json::array();
  std::string text;
  if (options.enrolment > 0) {
    const auto all = EnrolmentPhrases(*challenge, options.enrolment);
    if (!all.ok()) return ReportError(context, all.error());
    for (const auto& phrase : *all) {
      Challenge one = *challenge;
      one.digits = phrase;
      phrases.push_back(PhraseText(one));
      text += fmt::format("  say: {}\n", Spaced(phrase));
    }
  }
  nlohmann::ordered_json fields = {{"challenge", options.out},
                                   {"phrase", PhraseText(*challenge)},
                                   {"relying_party", challenge->relying_party},
                                   {"expires", challenge->expires_unix_s},
                                   {"expires_utc", UtcDate(challenge->expires_unix_s)}};
  if (!phrases.empty()) fields["enrolment_phrases"] = phrases;
  Print(context, fields,
        text + fmt::format("phrase {} for {}, valid {} s, until {}: {}", PhraseText(*challenge),
                           challenge->relying_party, options.lifetime_s,
                           UtcDate(challenge->expires_unix_s), options.out));
  return kExitOk;
}

}  // namespace
}  // namespace challenge_command

void AddChallenge(CLI::App* app, Context* context) {
  auto options = std::make_shared<challenge_command::Options>();
  CLI::App* command = app->add_subcommand("challenge", "Make a fresh challenge (relying party)");
  command->add_option("--rp", options->relying_party, "Relying party, e.g. bank.example")
      ->required();
  CLI::Option* digits = command->add_option("--digits", options->digits, "Length of the phrase")
                            ->check(CLI::Range(kMinPhraseDigits, kMaxPhraseDigits))
                            ->capture_default_str();
  command->add_option("--lifetime", options->lifetime_s, "Seconds until it expires")
      ->check(CLI::Range(int64_t{1}, kMaxChallengeSeconds))
      ->capture_default_str();
  command
      ->add_option("--phrase", options->phrase,
                   "These digits in place of random ones (demonstrations: anybody can know them)")
      ->excludes(digits);
  command
      ->add_option("--enrolment", options->enrolment,
                   "Show the phrases of a proven enrolment of so many recordings, too")
      ->check(CLI::Range(size_t{2}, kMaxEnrolPhrases));
  command->add_option("--out", options->out, "File to write, - for standard output")->required();
  command->callback(
      [options, context] { context->exit_code = challenge_command::Run(*options, *context); });
}

}  // namespace voizk::cli
