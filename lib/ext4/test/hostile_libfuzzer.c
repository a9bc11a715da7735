// SPDX-License-Identifier: BSD-2-Clause
/* What libFuzzer calls. Its own program is build/host/fuzzer/lib/ext4/test/hostile_libfuzzer. */
#include "hostile/input.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t room, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *first, size_t first_size, const uint8_t *second,
                                 size_t second_size, uint8_t *bytes, size_t room, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t room);

enum { BLIND = 10 }; /* one mutation in so many knows nothing of steps */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    hostile_run(bytes, size);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t room, unsigned seed)
{
    struct dice dice = {seed * 2654435761u | 1};
    struct input input;

    if (dice_roll(&dice, BLIND) == 0) {
        return LLVMFuzzerMutate(bytes, size, room);
    }
    input_decode(&input, bytes, size);
    input_mutate(&input, &dice);
    return input_encode(&input, bytes, room);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *first, size_t first_size, const uint8_t *second,
                                 size_t second_size, uint8_t *bytes, size_t room, unsigned seed)
{
    struct dice dice = {seed * 2654435761u | 1};
    struct input input, other;

    input_decode(&input, first, first_size);
    input_decode(&other, second, second_size);
    input_cross(&input, &other, &dice);
    return input_encode(&input, bytes, room);
}
