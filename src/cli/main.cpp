// The program's only main(). The commands that run on handle signals by themselves, before their
// first thread; the others end by them as any program does.
#include "cli/run.hpp"

int main(int argc, char** argv) {
  return static_cast<int>(aegis::cli::run(argc, argv));
}
