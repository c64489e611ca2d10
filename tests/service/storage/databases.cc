#include "service/storage/databases.h"

#include <gtest/gtest.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "service/storage/database.h"

namespace voizk::testing {
namespace {

namespace fs = std::filesystem;

/// A folder that goes when the program ends; in memory where that can be, since processes are
/// killed here and never the machine: waiting for the disk would test the disk.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    const fs::path memory = "/dev/shm";
    const bool writable = access(memory.c_str(), W_OK | X_OK) == 0;
    std::string name =
        ((writable ? memory : fs::temp_directory_path()) / "voizk-service-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty() && owner_ == getpid()) fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  pid_t owner_ = getpid();  // a forked child leaves it alone
};

/// Runs a program as `user` (as it is when empty) and without output; waits for its end unless
/// `background`, then returns its process.
pid_t Start(const std::vector<std::string>& command, uid_t user, gid_t group) {
  const pid_t child = fork();
  if (child != 0) return child;
  if (getuid() == 0 && (setgid(group) != 0 || setuid(user) != 0)) _exit(126);
  if (freopen("/dev/null", "w", stdout) == nullptr ||
      freopen("/dev/null", "w", stderr) == nullptr) {
    _exit(126);
  }
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  _exit(127);
}

std::string ProgramFolder() {
  std::vector<std::string> found;
  std::error_code ignored;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    const fs::path bin = version.path() / "bin";
    if (fs::exists(bin / "initdb") && fs::exists(bin / "postgres")) found.push_back(bin.string());
  }
  return found.empty() ? "" : *std::max_element(found.begin(), found.end());
}

class PostgresServer {
 public:
  explicit PostgresServer(const std::string& programs) {
    uid_t user = getuid();
    gid_t group = getgid();
    if (user == 0) {  // PostgreSQL does not run as root
      const passwd* nobody = getpwnam("nobody");
      if (nobody == nullptr) return;
      user = nobody->pw_uid;
      group = nobody->pw_gid;
      if (chown(folder_.path().c_str(), user, group) != 0) return;
    }
    const std::string data = folder_.path() + "/data";
    int status = 1;
    waitpid(Start({programs + "/initdb", "-D", data, "-U", "voizk", "-A", "trust", "--no-sync",
                   "--no-locale", "-E", "UTF8"},
                  user, group),
            &status, 0);
    if (status != 0) return;
    server_ = Start({programs + "/postgres", "-D", data, "-k", folder_.path(), "-c",
                     "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=60"},
                    user, group);
    for (int i = 0; i < 600 && !ready_; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      ready_ = OpenPostgres(Where("public")).ok();
    }
  }
  ~PostgresServer() {
    if (server_ <= 0 || owner_ != getpid()) return;
    kill(server_, SIGQUIT);  // at once; the folder goes anyway
    waitpid(server_, nullptr, 0);
  }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  bool ready() const { return ready_; }
  /// A schema is an empty database for all that we do, and is made in a millisecond.
  std::string Where(const std::string& schema) const {
    return "host=" + folder_.path() + " user=voizk dbname=postgres options=-csearch_path=" + schema;
  }

 private:
  TemporaryFolder folder_;
  pid_t server_ = -1;
  pid_t owner_ = getpid();
  bool ready_ = false;
};

}  // namespace

std::optional<std::string> EmptyDatabase(Kind kind) {
  static int number = 0;
  ++number;
  if (kind == Kind::kSqlite) {
    static const TemporaryFolder folder;
    return folder.path() + "/" + std::to_string(number) + ".db";
  }
  const std::string programs = ProgramFolder();
  if (programs.empty()) return std::nullopt;
  static const PostgresServer server(programs);
  EXPECT_TRUE(server.ready()) << "PostgreSQL is installed and does not start";
  if (!server.ready()) return "";
  const std::string schema = "t" + std::to_string(number);
  auto database = OpenPostgres(server.Where("public"));
  EXPECT_TRUE(database.ok() && (*database)->Execute("CREATE SCHEMA " + schema, {}).ok());
  return server.Where(schema);
}

}  // namespace voizk::testing
