#include "usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "version.h"

namespace voizk::cli {
namespace {

constexpr size_t kMaxSlips = 2;

/// Damerau and Levenshtein's distance in its restricted form (no letter moves twice): row i of the
/// table is the distance of the first i letters of a to every beginning of b.
size_t Slips(const std::string& a, const std::string& b) {
  std::vector<size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    before = std::exchange(above, row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

std::vector<CLI::App*> Subcommands(CLI::App* app) {
  return app->get_subcommands([](CLI::App*) { return true; });
}

std::vector<std::string> NamesOf(const std::vector<CLI::App*>& commands) {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const CLI::App* command : commands) names.push_back(command->get_name());
  return names;
}

CLI::App* Named(CLI::App* app, const std::string& name) {
  for (CLI::App* command : Subcommands(app)) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

/// The subcommand that parsing reached.
CLI::App* Reached(CLI::App* app) {
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return app;
}

/// "voizk credentials export"
std::string FullName(const CLI::App* app) {
  const CLI::App* parent = app->get_parent();
  return parent == nullptr ? "voizk" : FullName(parent) + " " + app->get_name();
}

std::string Hint(const std::string& meant) {
  return meant.empty() ? "" : fmt::format(" (did you mean {}?)", meant);
}

int Usage(const Context& context, const CLI::App* where, const std::string& problem) {
  const bool top = where->get_parent() == nullptr;
  const std::string name = top ? "" : FullName(where).substr(std::string("voizk ").size());
  return ReportError(context, {ErrorCode::kInvalidArgument,
                               fmt::format("{}{}{}; see voizk help{}{}", name, top ? "" : ": ",
                                           problem, top ? "" : " ", name)});
}

int UnknownCommand(const Context& context, CLI::App* app, const std::string& word) {
  return Usage(
      context, app,
      fmt::format("no command {}{}", word, Hint(Nearest(word, NamesOf(Subcommands(app))))));
}

/// Words behind the program's name that are neither options nor their values.
std::vector<std::string> BareWords(CLI::App* app, int argc, const char* const* argv) {
  std::vector<std::string> words;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.starts_with("-")) {
      words.push_back(word);
    } else if (const CLI::Option* option = app->get_option_no_throw(word);
               option != nullptr && option->get_items_expected_min() > 0) {
      ++i;  // its value
    }
  }
  return words;
}

int Help(const Context& context, CLI::App* app, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    CLI::App* const next = Named(app, word);
    if (next == nullptr) return UnknownCommand(context, app, word);
    app = next;
  }
  std::string text = app->help(app->get_parent() == nullptr ? "" : FullName(app->get_parent()));
  while (text.ends_with("\n")) text.pop_back();
  Print(context, {{"help", text}}, text);
  return kExitOk;
}

template <typename Kind>
bool Is(const CLI::ParseError& error) {  // their names are not always those of their types
  return dynamic_cast<const Kind*>(&error) != nullptr;
}

int ReportParseError(Context* context, CLI::App* app, const CLI::ParseError& error) {
  CLI::App* const reached = Reached(app);
  if (Is<CLI::CallForHelp>(error)) {
    std::vector<std::string> words;
    for (CLI::App* at = app; !at->get_subcommands().empty();) {
      at = at->get_subcommands().front();
      words.push_back(at->get_name());
    }
    return Help(*context, app, words);
  }
  if (Is<CLI::CallForVersion>(error)) {
    const CLI::Option* bundle = app->get_option("--bundle");  // not yet stored
    if (bundle->count() > 0) context->bundle_folder = bundle->as<std::string>();
    return PrintVersion(*context);
  }
  // What is left over explains more than what is missing: the one is often the other, mistyped.
  const std::vector<std::string> extras = app->remaining(true);
  if (extras.empty() && Is<CLI::RequiredError>(error) && !Subcommands(reached).empty()) {
    return Usage(
        *context, reached,
        fmt::format("needs a command: {}", fmt::join(NamesOf(Subcommands(reached)), ", ")));
  }
  if (extras.empty() || !(Is<CLI::RequiredError>(error) || Is<CLI::ExtrasError>(error))) {
    return Usage(*context, reached, error.what());
  }
  const std::string& word = extras.front();
  if (!word.starts_with("-")) {
    if (!Subcommands(reached).empty()) return UnknownCommand(*context, reached, word);
    return Usage(*context, reached, fmt::format("{} is not expected", word));
  }
  std::vector<std::string> known;
  for (const CLI::App* at = reached; at != nullptr; at = at->get_parent()) {
    for (const CLI::Option* option : at->get_options()) {
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    }
  }
  const std::string name = word.substr(0, word.find('='));
  return Usage(*context, reached, fmt::format("no option {}{}", name, Hint(Nearest(name, known))));
}

}  // namespace

std::string Nearest(const std::string& word, const std::vector<std::string>& known) {
  std::string nearest;
  size_t least = std::min(kMaxSlips, word.size() / 2) + 1;
  for (const std::string& candidate : known) {
    if (const size_t slips = Slips(word, candidate); slips < least) {
      least = slips;
      nearest = candidate;
    }
  }
  return nearest;
}

void CheckEveryValue(CLI::App* app) {
  const CLI::Validator filled(
      [](std::string& text) { return text.empty() ? std::string("must not be empty") : ""; }, "");
  const CLI::Validator finite(
      [](std::string& text) {
        char* end = nullptr;
        const double value = std::strtod(text.c_str(), &end);
        return *end == '\0' && std::isfinite(value) ? "" : text + " is not a finite number";
      },
      "");
  for (CLI::Option* option : app->get_options()) {
    if (option->get_items_expected_min() == 0) continue;  // a flag
    const bool number = option->get_type_name().starts_with("FLOAT");
    if (option->get_name() != "--label") option->check(filled);
    if (number) option->check(finite);
  }
  for (CLI::App* command : Subcommands(app)) CheckEveryValue(command);
}

int RunCommandLine(CLI::App* app, Context* context, int argc, const char* const* argv) {
  const std::vector<std::string> words = BareWords(app, argc, argv);
  if (!words.empty() && words.front() == "help") {
    return Help(*context, app, {words.begin() + 1, words.end()});
  }
  if (!words.empty() && Named(app, words.front()) == nullptr) {
    return UnknownCommand(*context, app, words.front());
  }
  for (int i = 1; i < argc; ++i) {  // CLI11 takes "--name=" for an option without a value
    const std::string word = argv[i];
    if (word.starts_with("--") && word.ends_with("=")) {
      return Usage(*context, app, word.substr(0, word.size() - 1) + " must not be empty");
    }
  }
  try {
    app->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return ReportParseError(context, app, error);
  }
  return context->exit_code;
}

}  // namespace voizk::cli
