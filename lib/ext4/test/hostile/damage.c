// SPDX-License-Identifier: BSD-2-Clause
#include "world.h"

#include <string.h>

static bool is_big_endian(enum place_kind kind)
{
    return kind >= PLACE_JOURNAL_SUPER && kind <= PLACE_COMMIT;
}

static uint64_t number_get(const uint8_t *at, uint32_t width, bool big)
{
    uint64_t value = 0;

    for (uint32_t i = 0; i < width; i++) {
        value = value << 8 | at[big ? i : width - 1 - i];
    }
    return value;
}

static void number_set(uint8_t *at, uint32_t width, bool big, uint64_t value)
{
    for (uint32_t i = 0; i < width; i++) {
        at[big ? width - 1 - i : i] = (uint8_t)(value >> (8 * i));
    }
}

static const struct place *named(const struct world *world, const struct step *step)
{
    return image_place(world->image, (enum place_kind)(le32_get(&step->more) % PLACE_KINDS),
                       le32_get(&step->value));
}

static void set_number(struct world *world, const struct step *step, uint8_t *at, uint32_t width,
                       bool big)
{
    const struct place *other = named(world, step);
    uint64_t value = le32_get(&step->value), old = number_get(at, width, big);

    switch (step->mode % DAMAGE_MODES) {
    case DAMAGE_XOR: value ^= old; break;
    case DAMAGE_ADD: value += old; break;
    case DAMAGE_BLOCK_OF: value = other ? other->block : 0; break;
    case DAMAGE_INODE_OF: value = other ? other->number : 0; break;
    default: break;
    }
    if (width == 8 && step->mode % DAMAGE_MODES <= DAMAGE_ADD) {
        value |= (uint64_t)le32_get(&step->more) << 32;
    }
    number_set(at, width, big, value);
}

/* Within the place, whatever the step says. */
static void carry_out(struct world *world, const struct step *step, const struct place *place)
{
    uint32_t offset = le16_get(&step->offset) % place->bytes, left = place->bytes - offset;
    uint32_t width = 1u << (step->width & DAMAGE_WIDTH_MASK);
    uint8_t *at = world->rig.bytes + place_at(world->image, place) + offset;
    const struct place *other = named(world, step);

    if (step->mode % DAMAGE_MODES == DAMAGE_FILL) {
        memset(at, (uint8_t)le32_get(&step->value), 1 + le32_get(&step->more) % left);
    } else if (step->mode % DAMAGE_MODES == DAMAGE_COPY) {
        if (other) {
            const uint8_t *from = world->rig.bytes + place_at(world->image, other);
            uint32_t start = offset < other->bytes ? offset : 0;

            memmove(at, from + start, left < other->bytes - start ? left : other->bytes - start);
        }
    } else {
        set_number(world, step, at, width < left ? width : left, is_big_endian(place->kind));
    }
}

void damage(struct world *world, const struct step *step)
{
    const struct place *place = image_place(
        world->image, (enum place_kind)(step->kind % PLACE_KINDS), le16_get(&step->index));
    uint32_t bytes = world->image->block_bytes;
    struct resealed also;

    if (!place) {
        return;
    }
    world_touch(world, place->block * bytes, bytes);
    carry_out(world, step, place);
    if (step->width & DAMAGE_UNSEALED) {
        return;
    }
    image_reseal(world->image, world->rig.bytes, place->block, &also);
    for (uint32_t i = 0; i < also.count; i++) {
        world_touch(world, also.blocks[i] * bytes, bytes);
    }
}
