// voizk credentials: list, export and delete.
#include <fmt/format.h>

#include <memory>

#include "common.h"
#include "voizk/credential.h"

namespace voizk::cli {
namespace {

struct Options {
  std::string store;
  std::string id;
  std::string out;
};

int List(const Options& options, const Context& context) {
  const auto stored = ListCredentials(options.store);
  if (!stored.ok()) return ReportError(context, stored.error());
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  std::string text;
  for (const StoredCredential& entry : *stored) {
    if (!entry.credential.ok()) {
      json.push_back({{"path", entry.path}, {"error", entry.credential.error().message}});
      text += fmt::format("damaged  {}: {}\n", entry.path, entry.credential.error().message);
      continue;
    }
    const PublicCredential& credential = *entry.credential;
    json.push_back({{"credential", credential.Id()},
                    {"relying_party", credential.relying_party},
                    {"commitment", Hex(credential.commitment)},
                    {"bundle", Hex(credential.bundle_digest)},
                    {"path", entry.path}});
    text += fmt::format("{}  {}\n", credential.Id(), credential.relying_party);
  }
  if (text.empty()) text = "no credentials\n";
  text.pop_back();
  Print(context, {{"credentials", json}}, text);
  return kExitOk;
}

Result<PublicCredential> Find(const Options& options) {
  VOIZK_ASSIGN_OR_RETURN(const auto stored, ListCredentials(options.store));
  for (const StoredCredential& entry : stored) {
    if (entry.credential.ok() && entry.credential.value().Id() == options.id) {
      return entry.credential.value();
    }
  }
  return Error{ErrorCode::kNotFound, fmt::format("no credential {}", options.id)};
}

int Export(const Options& options, const Context& context) {
  const auto found = Find(options);
  if (!found.ok()) return ReportError(context, found.error());
  const auto json = PublicCredentialToJson(*found);
  if (!json.ok()) return ReportError(context, json.error());
  const Status status = WriteFile(options.out, *json);
  if (!status.ok()) return ReportError(context, status.error());
  if (options.out != "-") {
    Print(context, {{"credential", found->Id()}, {"public", options.out}}, options.out);
  }
  return kExitOk;
}

int Delete(const Options& options, const Context& context) {
  const Status status = DeleteCredential(options.store, options.id);
  if (!status.ok()) return ReportError(context, status.error());
  Print(context, {{"deleted", options.id}}, fmt::format("deleted {}", options.id));
  return kExitOk;
}

}  // namespace

void AddCredentials(CLI::App* app, Context* context) {
  auto options = std::make_shared<Options>();
  options->store = DataFolder("credentials");
  CLI::App* command = app->add_subcommand("credentials", "List, export and delete credentials");
  command->require_subcommand(1);
  command->fallthrough();
  command->add_option("--store", options->store, "Credential folder")->capture_default_str();
  CLI::App* list = command->add_subcommand("list", "All credentials");
  list->callback([options, context] { context->exit_code = List(*options, *context); });
  CLI::App* show = command->add_subcommand("export", "The public part, for a relying party");
  show->add_option("id", options->id, "Credential")->required();
  show->add_option("--out", options->out, "File to write, - for standard output")->required();
  show->callback([options, context] { context->exit_code = Export(*options, *context); });
  CLI::App* erase = command->add_subcommand("delete", "Delete for good");
  erase->add_option("id", options->id, "Credential")->required();
  erase->callback([options, context] { context->exit_code = Delete(*options, *context); });
}

}  // namespace voizk::cli
