#include "files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "base/files.h"
#include "input.h"
#include "interrupt.h"

namespace voizk::cli {
namespace {

constexpr const char* kStandard = "-";  // input or output

Status IoError(const std::string& path) {
  return {ErrorCode::kIo, path + ": " + std::strerror(errno)};
}

/// A descriptor that is closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ > STDERR_FILENO) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

template <typename Vector>
Result<Vector> ReadAll(const std::string& path, size_t limit) {
  int fd = STDIN_FILENO;
  if (path != kStandard) {
    VOIZK_ASSIGN_OR_RETURN(fd, OpenInput(path));
  }
  const Descriptor file(fd);
  const std::string name = path == kStandard ? "standard input" : path;
  struct stat info {};
  if (fstat(fd, &info) != 0) return IoError(name);
  if (S_ISDIR(info.st_mode)) return Error{ErrorCode::kInvalidArgument, name + ": not a file"};
  Vector bytes;
  uint8_t block[65536];
  for (ssize_t n = 0; (n = read(fd, block, sizeof block)) != 0;) {
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return IoError(name);
    if (bytes.size() + static_cast<size_t>(n) > limit) {
      return Error{ErrorCode::kLimitExceeded, name + ": over " + std::to_string(limit) + " bytes"};
    }
    bytes.insert(bytes.end(), block, block + n);
  }
  SecureZero(block, sizeof block);
  return bytes;
}

std::span<const uint8_t> BytesOf(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::optional<struct stat> Info(const std::string& path, int standard) {
  struct stat info {};
  const int failed = path == kStandard ? fstat(standard, &info) : stat(path.c_str(), &info);
  return failed == 0 ? std::optional(info) : std::nullopt;
}

bool SameFile(const std::optional<struct stat>& a, const std::optional<struct stat>& b) {
  return a && b && S_ISREG(a->st_mode) && a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/// The file that a link leads to, if it is there.
std::string Resolved(const std::string& path) {
  std::error_code absent;
  const auto target = std::filesystem::canonical(path, absent);
  return absent ? path : target.string();
}

/// Whether the one would replace the other: one file, or one name that is not there yet.
bool SameOutput(const std::string& a, const std::string& b) {
  if (a == kStandard || b == kStandard) return false;
  const auto x = Info(a, STDOUT_FILENO), y = Info(b, STDOUT_FILENO);
  if (x || y) return SameFile(x, y);
  // Absolute: of a relative name that is not there nothing is resolved.
  const auto whole = [](const std::string& path) {
    std::error_code error;
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path, error), error);
  };
  return whole(a) == whole(b);
}

std::string FolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

Status WriteBeside(const std::string& path, std::span<const uint8_t> bytes, ReadableBy readers) {
  const Unbroken whole;
  return WriteFileAtomically(path, bytes, readers == ReadableBy::kOwner ? 0600 : 0666,
                             IfExists::kReplace);
}

Status CheckOutput(const std::string& path, bool may_replace) {
  if (path == kStandard) return {};
  const auto info = Info(path, STDOUT_FILENO);
  if (info && S_ISDIR(info->st_mode)) {
    return {ErrorCode::kInvalidArgument, path + ": is a folder"};
  }
  if (info && !may_replace) {
    return {ErrorCode::kInvalidArgument, path + ": exists already (--overwrite replaces it)"};
  }
  // What is renamed into place needs the folder, what is written to needs itself.
  const bool renamed = !info || S_ISREG(info->st_mode);
  const std::string target = Resolved(path);
  const bool writable = renamed ? access(FolderOf(target).c_str(), W_OK | X_OK) == 0
                                : access(target.c_str(), W_OK) == 0;
  return writable ? Status() : IoError(path);
}

/// The plan's inputs and what lies in its folders.
std::vector<std::string> AllInputs(const FilePlan& plan) {
  std::vector<std::string> inputs = plan.inputs;
  for (const std::string& folder : plan.folders) {
    std::error_code absent;
    for (const auto& entry : std::filesystem::directory_iterator(folder, absent)) {
      inputs.push_back(entry.path().string());
    }
  }
  std::erase(inputs, "");
  return inputs;
}

}  // namespace

Result<std::vector<uint8_t>> ReadFile(const std::string& path, size_t limit) {
  return ReadAll<std::vector<uint8_t>>(path, limit);
}

Result<SecureVector<uint8_t>> ReadSecretFile(const std::string& path, size_t limit) {
  return ReadAll<SecureVector<uint8_t>>(path, limit);
}

Status WriteFile(const std::string& path, std::span<const uint8_t> bytes, ReadableBy readers) {
  if (path == kStandard) return WriteOut(bytes);
  const auto info = Info(path, STDOUT_FILENO);
  if (SameFile(info, Info(kStandard, STDOUT_FILENO))) return WriteOut(bytes);  // /dev/stdout >file
  if (!info || S_ISREG(info->st_mode)) return WriteBeside(Resolved(path), bytes, readers);
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return IoError(path);
  const Descriptor device(fd);
  return WriteAll(fd, bytes) ? Status() : IoError(path);
}

Status WriteFile(const std::string& path, std::string_view text, ReadableBy readers) {
  return WriteFile(path, BytesOf(text), readers);
}

Status WriteOut(std::span<const uint8_t> bytes) {
  NoteOutput();
  return WriteAll(STDOUT_FILENO, bytes) ? Status() : IoError("standard output");
}

Status WriteOut(std::string_view text) { return WriteOut(BytesOf(text)); }

void WriteErr(std::string_view text) {
  const bool ignored = WriteAll(STDERR_FILENO, BytesOf(text));
  static_cast<void>(ignored);
}

void KeepStandardDescriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // The lowest free number is the one that is missing.  The wrong direction, so that using it
    // fails.
    if (fcntl(fd, F_GETFD) >= 0) continue;
    const int opened = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    static_cast<void>(opened);
  }
}

Status CheckFiles(const FilePlan& plan) {
  const std::vector<std::string> inputs = AllInputs(plan);
  std::vector<std::string> outputs = plan.outputs;
  std::erase(outputs, "");
  if (std::ranges::count(inputs, kStandard) > 1) {
    return {ErrorCode::kInvalidArgument, "standard input (-) can be read only once"};
  }
  if (std::ranges::count(outputs, kStandard) > 1) {
    return {ErrorCode::kInvalidArgument, "standard output (-) can be written only once"};
  }
  for (const std::string& output : outputs) {
    const auto same = [&](const std::string& other) { return SameOutput(output, other); };
    if (std::ranges::count_if(outputs, same) > 1) {
      return {ErrorCode::kInvalidArgument, output + ": is to be written twice"};
    }
    for (const std::string& input : inputs) {
      if (SameFile(Info(output, STDOUT_FILENO), Info(input, STDIN_FILENO))) {
        return {ErrorCode::kInvalidArgument,
                output + ": is read by this command and would be overwritten"};
      }
    }
    VOIZK_RETURN_IF_ERROR(CheckOutput(output, plan.may_replace));
  }
  return {};
}

}  // namespace voizk::cli
