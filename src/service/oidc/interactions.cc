// What the user's page or program does between the authorization request and its answer.
#include <array>

#include "service/api/answers.h"
#include "service/api/body.h"
#include "service/api/routes.h"
#include "service/oidc/provider.h"

namespace voizk {
namespace {

/// The path under which the service begins a login of the account; empty: that is no account.
std::string LoginPath(const std::string& account) {
  const std::string path = "/v1/accounts/" + account + "/logins";
  const Route* route = nullptr;
  PathParts parts;
  const bool fits = FindRoute("POST", path, &route, &parts) == Match::kFound &&
                    route->operation == ServiceCall::kBeginLogin && parts.account == account;
  return fits ? path : "";
}

}  // namespace

HttpResponse OidcProvider::GetInteraction(Call* call) {
  const auto found = storage_->FindInteraction(call->id, BrowserHash(BrowserSecret(call->request)));
  if (const auto* refused = std::get_if<Refused>(&found)) return Denied(call, *refused);
  const auto& interaction = std::get<InteractionRecord>(found);
  const AuthorizationRequest& request = interaction.request;
  call->client = request.client;
  const auto client = options_.clients.find(request.client);
  const std::string& account =
      interaction.account.empty() ? request.login_hint : interaction.account;
  Json json;
  json["interaction"] = call->id;
  json["status"] = interaction.done ? "done" : interaction.expired ? "expired" : "open";
  json["relying_party"] = around_.party.relying_party;
  json["client"] = request.client;
  json["client_name"] =
      client == options_.clients.end() ? Json(nullptr) : Json(client->second.name);
  json["redirect_uri"] = request.redirect_uri;
  json["account"] = account.empty() ? Json(nullptr) : Json(account);
  return JsonAnswer(200, json);
}

HttpResponse OidcProvider::BeginLogin(Call* call) {
  constexpr std::array<std::string_view, 1> kNames = {"account"};
  const auto body = ParseBody(call->request.body, kNames);
  if (!body.ok()) return ProblemResponse(BadRequest(body.error().message));
  const auto account = TextOf(*body, "account", true);
  if (!account.ok()) return ProblemResponse(BadRequest(account.error().message));
  const std::string path = LoginPath(*account);
  if (path.empty()) {
    return ProblemResponse(BadRequest("an account has 1 to 128 of A-Z a-z 0-9 . _ ~ -"));
  }
  const std::string browser = BrowserHash(BrowserSecret(call->request));
  // Before the login is there, so that no more are ever begun than are allowed.
  const auto reserved = storage_->ReserveLogin(call->id, browser);
  if (const auto* refused = std::get_if<Refused>(&reserved)) return Denied(call, *refused);
  const AuthorizationRequest& request = std::get<InteractionRecord>(reserved).request;
  if (auto refused = RefuseClient(call, request.client, request.redirect_uri)) {
    return *std::move(refused);
  }
  HttpResponse begun = service_->Handle({.method = "POST",
                                         .path = path,
                                         .authorization = "Bearer " + around_.api_key,
                                         .content_type = "application/json",
                                         .peer = call->request.peer});
  if (begun.status != 201) {
    // Whoever tries names out is counted as whoever tries proofs.
    (void)storage_->ReturnLogin(call->id, browser, /*blameless=*/begun.status != 404);
    return begun;
  }
  const auto options = nlohmann::json::parse(begun.body);
  const auto noted = storage_->NoteLogin(call->id, browser, *account, options.at("login"));
  if (const auto* refused = std::get_if<Refused>(&noted)) return Denied(call, *refused);
  return begun;
}

std::optional<HttpResponse> OidcProvider::RefuseInteraction(Call* call,
                                                            const std::string& browser) {
  const auto found = storage_->FindInteraction(call->id, browser);
  if (const auto* refused = std::get_if<Refused>(&found)) return Denied(call, *refused);
  const AuthorizationRequest& request = std::get<InteractionRecord>(found).request;
  return RefuseClient(call, request.client, request.redirect_uri);
}

HttpResponse OidcProvider::Finish(Call* call) {
  if (const auto body = ParseBody(call->request.body, {}); !body.ok()) {
    return ProblemResponse(BadRequest(body.error().message));
  }
  const std::string code = RandomSecret(), browser = BrowserHash(BrowserSecret(call->request));
  if (auto refused = RefuseInteraction(call, browser)) return *std::move(refused);
  const auto finished = storage_->FinishInteraction(around_.party, call->id, browser,
                                                    SecretHash(code), options_.code_s);
  if (const auto* refused = std::get_if<Refused>(&finished)) return Denied(call, *refused);
  const auto& request = std::get<InteractionRecord>(finished).request;
  call->client = request.client;
  call->note = "code issued";
  Json json;
  json["redirect_to"] = WithQuery(
      request.redirect_uri, {{"code", code}, {"state", request.state}, {"iss", options_.issuer}});
  return JsonAnswer(200, json);
}

HttpResponse OidcProvider::Cancel(Call* call) {
  if (const auto body = ParseBody(call->request.body, {}); !body.ok()) {
    return ProblemResponse(BadRequest(body.error().message));
  }
  const std::string browser = BrowserHash(BrowserSecret(call->request));
  if (auto refused = RefuseInteraction(call, browser)) return *std::move(refused);
  const auto cancelled = storage_->CancelInteraction(call->id, browser);
  if (const auto* refused = std::get_if<Refused>(&cancelled)) return Denied(call, *refused);
  const auto& request = std::get<InteractionRecord>(cancelled).request;
  call->client = request.client;
  call->note = "access_denied";
  const char* const description = std::get<InteractionRecord>(cancelled).expired
                                      ? "the user did not log in in time"
                                      : "the user said no";
  Json json;
  json["redirect_to"] = WithQuery(request.redirect_uri, {{"error", "access_denied"},
                                                         {"error_description", description},
                                                         {"state", request.state},
                                                         {"iss", options_.issuer}});
  return JsonAnswer(200, json);
}

}  // namespace voizk
