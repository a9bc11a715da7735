// SPDX-License-Identifier: BSD-2-Clause
#include "world.h"

#include <string.h>

void input_decode(struct input *input, const uint8_t *bytes, size_t size)
{
    size_t most = sizeof(input->head) + sizeof(input->steps);

    memset(input, 0, sizeof(*input));
    size = size < most ? size : most;
    memcpy(&input->head, bytes, size < STEP_BYTES ? size : STEP_BYTES);
    if (size > STEP_BYTES) {
        memcpy(input->steps, bytes + STEP_BYTES, size - STEP_BYTES);
        input->step_count = (uint32_t)((size - 1) / STEP_BYTES);
    }
}

size_t input_encode(const struct input *input, uint8_t *bytes, size_t room)
{
    size_t steps = room < STEP_BYTES ? 0 : room / STEP_BYTES - 1;

    if (room < STEP_BYTES) {
        return 0;
    }
    steps = steps < input->step_count ? steps : input->step_count;
    memcpy(bytes, &input->head, STEP_BYTES);
    memcpy(bytes + STEP_BYTES, input->steps, steps * STEP_BYTES);
    return (steps + 1) * STEP_BYTES;
}

void hostile_run(const uint8_t *bytes, size_t size)
{
    struct input input;
    struct world world;
    uint32_t i = 0;

    input_decode(&input, bytes, size);
    world_begin(&world, &input);
    while (i < input.step_count && input.steps[i].verb % STEP_VERBS == STEP_DAMAGE) {
        damage(&world, &input.steps[i++]);
    }
    world_mount(&world);
    for (; i < input.step_count; i++) {
        if (input.steps[i].verb % STEP_VERBS == STEP_DAMAGE) {
            damage(&world, &input.steps[i]);
        } else {
            operate(&world, &input.steps[i]);
        }
    }
    if (world.mounted && input.head.flags & (HEAD_WALK | HEAD_CHANGE)) {
        walk(&world, input.head.flags & HEAD_CHANGE);
    }
    world_end(&world);
}
