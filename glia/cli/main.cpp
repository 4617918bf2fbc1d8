#include "glia/cli/cli.h"

int main(int count, char** arguments) {
  return glia::cli::run({arguments + (count > 0 ? 1 : 0), arguments + count});
}
