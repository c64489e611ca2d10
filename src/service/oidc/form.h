// application/x-www-form-urlencoded: what queries and bodies of OAuth are written in.
#ifndef VOIZK_SERVICE_OIDC_FORM_H_
#define VOIZK_SERVICE_OIDC_FORM_H_

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace voizk {

/// Names and values, decoded: any bytes.  What has no value is not there (RFC 6749, 3.1).
using Form = std::map<std::string, std::string>;

inline constexpr size_t kMaxFormFields = 32;

/// Are they all printable ASCII, as RFC 6749, appendix A, has values?
bool IsPrintable(std::string_view text);

/// kMalformed: a name twice (RFC 6749, 3.1), a bad escape, more than kMaxFormFields.
Result<Form> ParseForm(std::string_view text);
/// The same of names and values that were taken apart and not decoded.
Result<Form> DecodeForm(const std::map<std::string, std::string>& encoded);

/// One printable value: '+' is a space.  kMalformed.
Result<std::string> DecodeFormValue(std::string_view text);

/// `uri` with these behind its query; fields of an empty value are left out.
std::string WithQuery(std::string uri,
                      const std::vector<std::pair<std::string_view, std::string>>& fields);

/// The value under `name`, or nothing.
std::string ValueOf(const Form& form, const std::string& name);

}  // namespace voizk

#endif  // VOIZK_SERVICE_OIDC_FORM_H_
