// What shows on a terminal that something is being done; nothing where stderr is none.
#ifndef VOIZK_CLI_PROGRESS_H_
#define VOIZK_CLI_PROGRESS_H_

#include <string>

namespace voizk::cli {

struct Context;

/// Whether progress is shown: stderr is a terminal, and neither --quiet nor --json.
bool ProgressShown(const Context& context);

/// One bar on stderr.
class ProgressBar {
 public:
  void Update(const char* stage, double fraction);
  void Finish();

 private:
  std::string stage_;
  int shown_ = -1;
};

/// One line on stderr while it lives: what takes a second and cannot say how far it is.
class Notice {
 public:
  Notice(const Context& context, const std::string& text);
  ~Notice();
  Notice(const Notice&) = delete;
  Notice& operator=(const Notice&) = delete;

 private:
  bool shown_;
};

}  // namespace voizk::cli

#endif  // VOIZK_CLI_PROGRESS_H_
