// libFuzzer's entry for programs that keep their own main.
#ifndef FG_CFUZZER_SHIM_H
#define FG_CFUZZER_SHIM_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*body)(const uint8_t *bytes, size_t length));

#endif
