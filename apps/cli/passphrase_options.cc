#include "passphrase_options.h"

namespace voizk::cli {

void AddPassphraseOptions(CLI::App* command, PassphraseSource* source) {
  CLI::Option* file = command->add_option("--passphrase-file", source->file,
                                          "Passphrase: the first line of this file, - for standard "
                                          "input (default: asked for on the terminal)");
  command
      ->add_option("--passphrase-fd", source->descriptor,
                   "Passphrase: the first line of this open descriptor")
      ->check(CLI::Range(0, 1 << 20))
      ->excludes(file);
}

}  // namespace voizk::cli
