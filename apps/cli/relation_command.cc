// voizk relation: what the proofs of a bundle's logins are proofs of, as bytes and digests that
// anyone can make again and compare.
#include <fmt/format.h>

#include <memory>

#include "common.h"
#include "voizk/verify.h"

namespace voizk::cli {
namespace relation_command {
namespace {

struct Options {
  uint32_t bucket = 0;  // 0: not given
  size_t digits = 0;    // likewise
  std::string out;
};

/// Every bucket and number of digits that the options leave open.
int List(const Options& options, const Context& context, const Bundle& bundle) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  std::string text =
      fmt::format("relations of {}, bundle {}\n", bundle.name(), Hex(bundle.digest()));
  const auto [least, most] = bundle.phrase_digits();
  for (const uint32_t bucket : bundle.buckets()) {
    if (options.bucket != 0 && bucket != options.bucket) continue;
    for (size_t digits = least; digits <= most; ++digits) {
      if (options.digits != 0 && digits != options.digits) continue;
      const auto relation = LoginRelation(bundle, bucket, digits);
      if (!relation.ok()) return ReportError(context, relation.error());
      rows.push_back({{"bucket", bucket},
                      {"digits", digits},
                      {"bytes", relation->bytes.size()},
                      {"digest", Hex(relation->digest)}});
      text += fmt::format("{:>5} frames, {} digits, {:>8} bytes: {}\n", bucket, digits,
                          relation->bytes.size(), Hex(relation->digest));
    }
  }
  if (rows.empty()) {
    return ReportError(context, {ErrorCode::kInvalidArgument,
                                 "the bundle has no relation of this bucket and number of digits"});
  }
  text.pop_back();
  Print(context, {{"bundle", Hex(bundle.digest())}, {"relations", rows}}, text);
  return kExitOk;
}

int Write(const Options& options, const Context& context, const Bundle& bundle) {
  const auto relation = LoginRelation(bundle, options.bucket, options.digits);
  if (!relation.ok()) return ReportError(context, relation.error());
  const Status written = WriteFile(options.out, relation->bytes);
  if (!written.ok()) return ReportError(context, written.error());
  PrintBeside(context, options.out,
              {{"bundle", Hex(bundle.digest())},
               {"bucket", options.bucket},
               {"digits", options.digits},
               {"bytes", relation->bytes.size()},
               {"digest", Hex(relation->digest)},
               {"file", options.out}},
              fmt::format("{}: {} bytes, digest {}", options.out, relation->bytes.size(),
                          Hex(relation->digest)));
  return kExitOk;
}

int Run(const Options& options, const Context& context) {
  const Status files = CheckFiles(context, {.outputs = {options.out}});
  if (!files.ok()) return ReportError(context, files.error());
  const auto bundle = context.LoadBundle();
  if (!bundle.ok()) return ReportError(context, bundle.error());
  return options.out.empty() ? List(options, context, *bundle) : Write(options, context, *bundle);
}

}  // namespace
}  // namespace relation_command

void AddRelation(CLI::App* app, Context* context) {
  auto options = std::make_shared<relation_command::Options>();
  CLI::App* command =
      app->add_subcommand("relation", "What a bundle's proofs prove: digests, or one as a file");
  CLI::Option* bucket = command->add_option("--bucket", options->bucket, "Length bucket, frames")
                            ->check(CLI::PositiveNumber);
  CLI::Option* digits = command->add_option("--digits", options->digits, "Digits of the phrase")
                            ->check(CLI::PositiveNumber);
  command->add_option("--out", options->out, "File for the relation of this bucket and length")
      ->needs(bucket)
      ->needs(digits);
  command->callback(
      [options, context] { context->exit_code = relation_command::Run(*options, *context); });
}

}  // namespace voizk::cli
