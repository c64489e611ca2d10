// Guards which addresses may be spoken to, and which server may speak for which relying party.
// (tests/cli/client.py has the refusals with their texts.)
#include "client/server_url.h"

#include <gtest/gtest.h>

namespace voizk {
namespace {

std::string TextOf(const std::string& url, bool insecure = false) {
  const auto parsed = ParseServerUrl(url, insecure);
  return parsed.ok() ? parsed->text : "refused";
}

TEST(ServerUrl, KeepsPortAndPrefixAndNoSlashAtTheEnd) {
  EXPECT_EQ(TextOf("https://Bank.Example"), "https://bank.example");
  EXPECT_EQ(TextOf("https://bank.example:8443/voice//"), "https://bank.example:8443/voice");
  EXPECT_EQ(TextOf("https://[::1]:1/"), "https://[::1]:1");
}

TEST(ServerUrl, PlainHttpIsForLoopback) {
  for (const char* const url : {"http://127.0.0.1:80", "http://127.9.9.9", "http://127.1",
                                "http://[::1]", "http://localhost", "http://LOCALHOST:1"}) {
    EXPECT_NE(TextOf(url), "refused") << url;
  }
  for (const char* const url :
       {"http://bank.example", "http://10.0.0.1", "http://[2001:db8::1]", "http://128.0.0.1",
        "http://localhost.bank.example", "http://127.0.0.1.bank.example", "http://0.0.0.0"}) {
    EXPECT_EQ(TextOf(url), "refused") << url;
    EXPECT_NE(TextOf(url, true), "refused") << url;
  }
}

TEST(ServerUrl, ThePartyIsTheHost) {
  const auto server = ParseServerUrl("https://login.Bank.example/x", false);
  ASSERT_TRUE(server.ok());
  const auto may = [&](const char* party, const char* wanted = "") {
    return CheckPartyAtServer(*server, party, wanted).ok();
  };
  EXPECT_TRUE(may("login.bank.example"));
  EXPECT_FALSE(may("bank.example"));  // may be what co.uk is to evil.co.uk
  EXPECT_TRUE(may("bank.example", "bank.example"));
  EXPECT_FALSE(may("example"));                    // all of them
  EXPECT_FALSE(may("ank.example"));                // no border of labels
  EXPECT_FALSE(may("other.bank.example"));         // beside it
  EXPECT_FALSE(may("deeper.login.bank.example"));  // below it
  EXPECT_FALSE(may(""));
  EXPECT_TRUE(may("other.example", "other.example"));  // the user said so
  EXPECT_FALSE(may("bank.example", "other.example"));  // and then nothing else will do
  EXPECT_FALSE(may("b\u0430nk.example"));              // another letter that looks the same
  EXPECT_FALSE(may("bank.example\u202e", "bank.example\u202e"));
}

TEST(ServerUrl, NoHostSpeaksForWhatManyShare) {
  const std::pair<const char*, const char*> shared[] = {{"https://evil.co.uk", "co.uk"},
                                                        {"https://mallory.github.io", "github.io"},
                                                        {"https://10.0.0.1", "0.0.1"},
                                                        {"https://10.0.0.1", "0.1"},
                                                        {"http://localhost", "localhost"}};
  for (const auto& [url, party] : shared) {
    const auto server = ParseServerUrl(url, false);
    ASSERT_TRUE(server.ok()) << url;
    EXPECT_FALSE(CheckPartyAtServer(*server, party, "").ok()) << url << " for " << party;
  }
}

}  // namespace
}  // namespace voizk
