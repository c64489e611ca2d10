// Text files of one record a line, from anybody: every error names file and line.
#ifndef VOIZK_EVALUATION_TRIALS_LINE_READER_H_
#define VOIZK_EVALUATION_TRIALS_LINE_READER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace voizk {

/// What separates the fields of a line.
enum class Separator {
  kBlanks,  // runs of spaces and tabs
  kTab,     // each tab; fields may be empty
};

/// Goes through a text by lines.  Lines without a field are passed over.  "\r\n" ends a line, too.
class LineReader {
 public:
  /// Both texts must outlive the reader.
  LineReader(std::string_view text, std::string_view file, Separator separator)
      : text_(text), file_(file), separator_(separator) {}

  /// The fields of the next line, which point into the text; none at the end.  kMalformed: a
  /// control character, or a line of more than kMaxLineBytes.
  Result<std::vector<std::string_view>> Next();
  /// Of what Next gave last, from 1.
  uint64_t line() const { return line_; }
  /// kMalformed with "FILE:LINE: what".
  Error At(const std::string& what) const;
  /// kLimitExceeded with "FILE:LINE: more than LIMIT NOUN".
  Error TooMany(size_t limit, const std::string& noun) const;

  static constexpr size_t kMaxLineBytes = size_t{1} << 20;

 private:
  Status Split(std::string_view line, std::vector<std::string_view>* fields) const;

  std::string_view text_;
  std::string_view file_;
  Separator separator_;
  uint64_t line_ = 0;
};

/// "FILE:LINE: "
std::string Where(std::string_view file, uint64_t line);

/// A finite number that is all of `text`; false if it is none.
bool ParseNumber(std::string_view text, double* value);

}  // namespace voizk

#endif  // VOIZK_EVALUATION_TRIALS_LINE_READER_H_
