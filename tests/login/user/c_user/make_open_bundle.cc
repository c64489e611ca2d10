// make_open_bundle FOLDER: what open_bundle.h writes, for tests in other languages.
#include "login/user/open_bundle.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  voizk::WriteBundle(argv[1], voizk::kOpenDecision);
  return 0;
}
