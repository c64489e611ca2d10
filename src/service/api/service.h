// The relying party's service: registration, challenge, verification, shaped like WebAuthn
// (options, ceremony, result).  Links the verifier and no prover.
#ifndef VOIZK_SERVICE_API_SERVICE_H_
#define VOIZK_SERVICE_API_SERVICE_H_

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "service/api/caller.h"
#include "service/api/ceremony.h"
#include "service/api/metrics.h"
#include "service/api/problem.h"
#include "service/api/routes.h"
#include "service/http/http.h"
#include "service/storage/storage.h"
#include "voizk/bundle.h"
#include "voizk/enrolment.h"
#include "voizk/secure.h"
#include "voizk/verify.h"

namespace voizk {

struct ServiceOptions {
  std::string relying_party;
  size_t digits = 6;
  int64_t challenge_s = 120;
  int64_t registration_s = 600;
  bool require_device_key = false;   // at registration
  size_t enrolment = 0;              // recordings that its proof has at least; 0: none is asked for
  std::vector<std::string> origins;  // pages whose scripts may call: "https://bank.example"
  std::string proxy;                 // its address by numbers, if there is one that is trusted
  std::vector<SecureVector<char>> api_keys;
};

/// Is this proof right?  As LoginVerifier::Verify.
using CheckProof = std::function<Status(const LoginPolicy&, std::span<const uint8_t>)>;
/// As VerifyEnrolment.
using CheckEnrolment = std::function<Status(const EnrolmentPolicy&, std::span<const uint8_t>)>;
/// One line for the log: a JSON object without its end of line.
using WriteLog = std::function<void(const std::string&)>;
/// Figures of the server for /metrics.
using ReadGauges = std::function<std::map<std::string, double>()>;

/// Thread-safe.  What it is given lives longer.
class Service final : public HttpHandler {
 public:
  /// kInvalidArgument: options; phrases of a length that the bundle does not accept.  kUnsupported:
  /// proofs of enrolments are wanted, and the bundle has none.
  static Result<std::unique_ptr<Service>> Make(ServiceOptions options, Bundle bundle,
                                               CheckProof check, Storage* storage, WriteLog log);

  std::optional<HttpResponse> Admit(const HttpRequest& head, size_t* max_body) override;
  HttpResponse Handle(const HttpRequest& request) override;
  HttpResponse Refusal(int status, const std::string& detail) override;

  /// In place of VerifyEnrolment.
  void set_check_enrolment(CheckEnrolment check) { check_enrolment_ = std::move(check); }
  void set_gauges(ReadGauges gauges) { gauges_ = std::move(gauges); }

 private:
  /// One request, understood.
  struct Call {
    const HttpRequest& request;
    const Route& route;
    PathParts parts;
    bool back_end = false;  // it has an API key
    std::string address;    // for the audit log
    std::string rate_key;   // failures are counted for it; empty: the back end's own
    std::string note;       // for the log: why
  };
  using Answer = std::variant<HttpResponse, Problem>;

  Service(ServiceOptions options, Bundle bundle, ApiKeys keys, CheckProof check, Storage* storage,
          WriteLog log);
  Answer Do(Call* call);
  Party OwnParty() const { return {options_.relying_party, bundle_.digest()}; }

  Answer BeginRegistration(Call* call);
  Answer FinishRegistration(Call* call);
  Answer GetRegistration(Call* call);
  Answer BeginLogin(Call* call);
  Answer FinishLogin(Call* call);
  Answer GetLogin(Call* call);
  Answer ListCredentials(Call* call);
  Answer RevokeCredential(Call* call);
  Answer GetAudit(Call* call);
  Answer ResetFailures(Call* call);
  Answer EraseAccount(Call* call);
  Answer Health(Call* call);

  /// The try was counted; what does its answer say?
  Answer Judge(Call* call, const LoginTry& attempt, std::span<const uint8_t> proof,
               const std::string& signature);
  /// A registration with a proof of its enrolment: counted as a try, judged, stored.
  Answer ProveRegistration(Call* call, const Ceremony& ceremony);
  Answer Registered(Call* call, const Ceremony& ceremony,
                    const Outcome<RegistrationRecord>& finished);
  /// As Judge, of an enrolment.
  Answer JudgeEnrolment(Call* call, const EnrolmentTry& attempt, const Ceremony& ceremony);
  /// A problem, and the database's complaint for the log.
  Problem Denied(Call* call, const Refused& refused) const;
  void AllowOrigin(const HttpRequest& request, HttpResponse* response) const;
  void Log(const Call& call, int status, double seconds) const;

  ServiceOptions options_;
  Bundle bundle_;
  ApiKeys keys_;
  CheckProof check_;
  CheckEnrolment check_enrolment_ = VerifyEnrolment;
  Storage* storage_;
  WriteLog log_;
  ReadGauges gauges_;
  Metrics metrics_;
};

}  // namespace voizk

#endif  // VOIZK_SERVICE_API_SERVICE_H_
