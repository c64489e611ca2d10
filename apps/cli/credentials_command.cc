// voizk credentials: list, show, export and delete.
#include <fmt/format.h>

#include <memory>

#include "common.h"
#include "passphrase_options.h"
#include "user_folder.h"
#include "voizk/credential.h"

namespace voizk::cli {
namespace credentials_command {
namespace {

struct Options {
  std::string store;
  std::string id;
  std::string out;
  PassphraseSource passphrase;
};

int List(const Options& options, const Context& context) {
  const auto store = CredentialFolder(options.store);
  if (!store.ok()) return ReportError(context, store.error());
  const auto stored = ListCredentials(*store);
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

Result<SecretCredential> Open(const Options& options, const Context& context) {
  VOIZK_ASSIGN_OR_RETURN(const std::string store, CredentialFolder(options.store));
  VOIZK_RETURN_IF_ERROR(FindCredential(store, options.id).status());  // before asking for anything
  VOIZK_ASSIGN_OR_RETURN(const auto passphrase,
                         ReadPassphrase(options.passphrase, PassphrasePrompt::kOnce));
  const Notice notice(context, "opening the credential");
  return LoadCredential(store, options.id, passphrase);
}

int Show(const Options& options, const Context& context) {
  const auto credential = Open(options, context);
  if (!credential.ok()) return ReportError(context, credential.error());
  const std::string created = UtcDate(credential->created_unix_s);
  Print(context,
        {{"credential", options.id},
         {"relying_party", credential->relying_party},
         {"label", credential->label},
         {"created", created}},
        fmt::format("{}  {}  made {}  {}", options.id, credential->relying_party, created,
                    credential->label));
  return kExitOk;
}

Result<PublicCredential> ExportTo(const Options& options) {
  VOIZK_ASSIGN_OR_RETURN(const std::string store, CredentialFolder(options.store));
  VOIZK_ASSIGN_OR_RETURN(PublicCredential found, FindCredential(store, options.id));
  VOIZK_ASSIGN_OR_RETURN(const std::string json, PublicCredentialToJson(found));
  VOIZK_RETURN_IF_ERROR(WriteFile(options.out, json));
  return found;
}

int Export(const Options& options, const Context& context) {
  const auto store = CredentialFolder(options.store);
  if (!store.ok()) return ReportError(context, store.error());
  const FilePlan plan{.folders = {*store}, .outputs = {options.out}};
  if (const Status status = CheckFiles(context, plan, /*object=*/true); !status.ok()) {
    return ReportError(context, status.error());
  }
  const auto found = ExportTo(options);
  if (!found.ok()) return ReportError(context, found.error());
  if (options.out != "-") {
    Print(context, {{"credential", found->Id()}, {"public", options.out}}, options.out);
  }
  return kExitOk;
}

int Delete(const Options& options, const Context& context) {
  const auto store = CredentialFolder(options.store);
  if (!store.ok()) return ReportError(context, store.error());
  const Status status = DeleteCredential(*store, options.id);
  if (!status.ok()) return ReportError(context, status.error());
  Print(context, {{"deleted", options.id}}, fmt::format("deleted {}", options.id));
  return kExitOk;
}

}  // namespace
}  // namespace credentials_command

void AddCredentials(CLI::App* app, Context* context) {
  auto options = std::make_shared<credentials_command::Options>();
  CLI::App* command =
      app->add_subcommand("credentials", "List, show, export and delete credentials");
  command->require_subcommand(1);
  command->fallthrough();
  command->add_option("--store", options->store, kStoreHelp);
  CLI::App* list = command->add_subcommand("list", "All credentials");
  list->callback(
      [options, context] { context->exit_code = credentials_command::List(*options, *context); });
  CLI::App* show = command->add_subcommand("show", "Open one: its label and when it was made");
  show->add_option("id", options->id, "Credential")->required();
  AddPassphraseOptions(show, &options->passphrase);
  show->callback(
      [options, context] { context->exit_code = credentials_command::Show(*options, *context); });
  CLI::App* give = command->add_subcommand("export", "The public part, for a relying party");
  give->add_option("id", options->id, "Credential")->required();
  give->add_option("--out", options->out, "File to write, - for standard output")->required();
  give->callback(
      [options, context] { context->exit_code = credentials_command::Export(*options, *context); });
  CLI::App* erase = command->add_subcommand("delete", "Delete for good");
  erase->add_option("id", options->id, "Credential")->required();
  erase->callback(
      [options, context] { context->exit_code = credentials_command::Delete(*options, *context); });
}

}  // namespace voizk::cli
