// SPDX-License-Identifier: BSD-2-Clause
/* Operations of an input. Results are looked at as far as they can be impossible. */
#include "world.h"

#include "../../src/disk.h"

#include <string.h>

enum { BUFFER_BYTES = 70000, LISTED_MAX = 40, CHURN_MAX = 400 };

static uint8_t buffer[BUFFER_BYTES];

struct name {
    char text[EXT4_NAME_MAX + 1];
    size_t length;
};

/* Names that are there, and new ones. */
static struct name name_of(uint32_t index)
{
    static const char *const known[] = {"a", "f", "l",  "m",   "g",    "b",          "one",
                                        "p", "c", "..", "new", "many", "lost+found", "new2"};
    struct name name;
    int length;

    if (index % 4 < 2) {
        length = snprintf(name.text, sizeof(name.text), "%s",
                          known[index / 4 % (sizeof(known) / sizeof(known[0]))]);
    } else if (index % 4 == 2) {
        length = snprintf(name.text, sizeof(name.text),
                          "a name of some length so that there is an index %u", index / 4 % 50);
    } else {
        length = snprintf(name.text, sizeof(name.text), "%0*u", EXT4_NAME_MAX - 1, index / 4 % 500);
    }
    name.length = (size_t)length;
    return name;
}

static const char *attribute_of(uint32_t index)
{
    static const char *const known[] = {"user.a",     "user.b", "user.long name of an attribute",
                                        "trusted.c",  "user.d", "system.posix_acl_access",
                                        "security.e", "bad"};

    return known[index % (sizeof(known) / sizeof(known[0]))];
}

struct operands {
    struct ext4_inode *first, *second;
    uint32_t first_slot;
    struct name name, other_name;
    const char *attribute;
    uint64_t offset;
    uint32_t value;
};

static uint64_t place_in_file(const struct step *step)
{
    uint64_t offset = le16_get(&step->offset);

    switch (step->width % 4) {
    case 0: return offset;
    case 1: return offset << 10;
    case 2: return offset << 20;
    default: return offset << 40 | le32_get(&step->more);
    }
}

/* What an operation gave takes the slot of its first inode. */
static void keep(struct world *world, const struct operands *on, enum ext4_status status,
                 struct ext4_inode *const *inode)
{
    if (status == EXT4_OK) {
        world_put(world, on->first_slot);
        world->slots[on->first_slot] = *inode;
    }
}

static void operate_data(struct world *world, const struct step *step, const struct operands *on)
{
    size_t done = 0, bytes = on->value % BUFFER_BYTES;
    uint64_t result = 0;
    enum ext4_status status = EXT4_OK;
    struct ext4_piece piece;

    switch (step->verb % STEP_VERBS) {
    case STEP_READ:
        status = CALL(world, ext4_read(on->first, on->offset, buffer, bytes, &done));
        break;
    case STEP_WRITE:
        status = CALL(world, ext4_write(on->first, on->offset, buffer, bytes, &done));
        done = status == EXT4_OK && done < bytes ? bytes + 1 : done;
        break;
    case STEP_TRUNCATE: status = CALL(world, ext4_truncate(on->first, on->offset)); break;
    case STEP_ALLOCATE:
        status = CALL(world, ext4_allocate(on->first, (enum ext4_allocate_mode)(step->mode % 4),
                                           on->offset, on->value % (1u << 22)));
        break;
    case STEP_SEEK:
        status = CALL(world, ext4_seek(on->first, step->mode & 1, on->offset, &result));
        done = status == EXT4_OK && result < on->offset ? bytes + 1 : 0;
        break;
    case STEP_PIECE: status = CALL(world, ext4_piece_at(on->first, on->offset, &piece)); break;
    case STEP_FSYNC: status = CALL(world, ext4_fsync(on->first)); break;
    default: break;
    }
    if (status == EXT4_OK && done > bytes) {
        world_fail(world, "%zu of %zu bytes", done, bytes);
    }
}

static void operate_names(struct world *world, const struct step *step, const struct operands *on)
{
    const struct name *name = &on->name, *other = &on->other_name;
    static const uint32_t types[] = {EXT4_MODE_FILE, EXT4_MODE_DIRECTORY, EXT4_MODE_FIFO,
                                     EXT4_MODE_BLOCK};
    struct ext4_owner owner = {step->width, step->width};
    struct ext4_inode *made;

    switch (step->verb % STEP_VERBS) {
    case STEP_LOOKUP:
        keep(world, on, CALL(world, ext4_lookup(on->second, name->text, name->length, &made)),
             &made);
        break;
    case STEP_CREATE:
        keep(world, on,
             CALL(world,
                  ext4_create(on->second, name->text, name->length,
                              types[step->mode % 4] | (on->value & 07777), owner, 3, 4, &made)),
             &made);
        break;
    case STEP_SYMLINK:
        keep(world, on,
             CALL(world, ext4_symlink(on->second, name->text, name->length, other->text,
                                      other->length, owner, &made)),
             &made);
        break;
    case STEP_LINK:
        (void)CALL(world, ext4_link(on->second, name->text, name->length, on->first));
        break;
    case STEP_UNLINK: (void)CALL(world, ext4_unlink(on->second, name->text, name->length)); break;
    case STEP_RMDIR: (void)CALL(world, ext4_rmdir(on->second, name->text, name->length)); break;
    case STEP_RENAME:
        (void)CALL(world, ext4_rename(on->second, name->text, name->length, on->first, other->text,
                                      other->length, (enum ext4_rename_mode)(step->mode % 3)));
        break;
    default: break;
    }
}

static void ignore_attribute(void *context, const char *prefix, const char *name, size_t length)
{
    *(uint8_t *)context ^= (uint8_t)(prefix[0] + (length ? name[length - 1] : 0));
}

static void operate_attributes(struct world *world, const struct step *step,
                               const struct operands *on)
{
    struct ext4_attributes values = {.mode = on->value,
                                     .uid = on->value,
                                     .gid = on->value,
                                     .modified = {(int64_t)on->offset, on->value % 1000000000}};
    size_t length = 0, bytes = on->value % 5000, name = strlen(on->attribute);

    switch (step->verb % STEP_VERBS) {
    case STEP_XATTR_GET:
        if (CALL(world, ext4_xattr_get(on->first, on->attribute, name, buffer, bytes, &length)) ==
                EXT4_OK &&
            bytes > 0 && length > bytes) {
            world_fail(world, "%zu of %zu bytes", length, bytes);
        }
        break;
    case STEP_XATTR_LIST:
        (void)CALL(world, ext4_xattr_list(on->first, ignore_attribute, buffer));
        break;
    case STEP_XATTR_SET:
        (void)CALL(world, ext4_xattr_set(on->first, on->attribute, name, buffer, bytes,
                                         (enum ext4_xattr_mode)(step->mode % 3)));
        break;
    case STEP_XATTR_REMOVE:
        (void)CALL(world, ext4_xattr_remove(on->first, on->attribute, name));
        break;
    case STEP_SET_ATTRIBUTES:
        (void)CALL(world, ext4_set_attributes(on->first, step->mode, &values));
        break;
    default: break;
    }
}

static void operate_reading(struct world *world, const struct step *step, const struct operands *on)
{
    static char names[LISTED_MAX][EXT4_NAME_MAX];
    size_t lengths[LISTED_MAX], length = 0;
    struct listing listing = {names, lengths, 1 + on->value % LISTED_MAX, 0};
    uint64_t position = on->offset;

    switch (step->verb % STEP_VERBS) {
    case STEP_READLINK:
        if (CALL(world, ext4_readlink(on->first, (char *)buffer, on->value % 300, &length)) ==
                EXT4_OK &&
            length > on->value % 300) {
            world_fail(world, "a target of %zu bytes", length);
        }
        break;
    case STEP_READDIR:
        if (list(world, on->first, &position, &listing) == EXT4_OK && position != 0) {
            (void)list(world, on->first, &position, &listing);
        }
        break;
    default: break;
    }
}

static void operate_inode(struct world *world, const struct step *step)
{
    uint32_t index = le16_get(&step->index);
    struct operands on = {.first_slot = step->kind % SLOTS,
                          .name = name_of(index),
                          .other_name = name_of(le32_get(&step->more)),
                          .attribute = attribute_of(index),
                          .offset = place_in_file(step),
                          .value = le32_get(&step->value)};
    struct ext4_inode *root = NULL;

    if (CALL(world, ext4_inode_get(world->rig.fs, EXT4_ROOT, &root)) != EXT4_OK) {
        return;
    }
    on.first = world->slots[on.first_slot] ? world->slots[on.first_slot] : root;
    on.second =
        world->slots[step->kind / 16 % SLOTS] ? world->slots[step->kind / 16 % SLOTS] : root;
    operate_data(world, step, &on);
    operate_names(world, step, &on);
    operate_attributes(world, step, &on);
    operate_reading(world, step, &on);
    ext4_inode_put(root);
}

static void open_number(struct world *world, const struct step *step)
{
    const struct place *place = image_place(world->image, PLACE_INODE, le32_get(&step->value));
    uint32_t number = step->mode & 1 || !place ? le32_get(&step->value) : place->number;
    struct operands on = {.first_slot = step->kind % SLOTS};
    struct ext4_inode *inode = NULL;

    keep(world, &on, CALL(world, ext4_inode_get(world->rig.fs, number, &inode)), &inode);
}

static void churn(struct world *world, struct ext4_inode *inode, uint32_t times)
{
    struct ext4_attributes values = {.uid = times};

    for (uint32_t i = 0; i < times; i++) {
        (void)CALL(world, ext4_set_attributes(inode, EXT4_SET_UID, &values));
        (void)CALL(world, ext4_fsync(inode));
    }
}

void operate(struct world *world, const struct step *step)
{
    uint32_t verb = step->verb % STEP_VERBS;

    if (!world->mounted) {
        return;
    }
    switch (verb) {
    case STEP_OPEN: open_number(world, step); break;
    case STEP_PUT: world_put(world, step->kind % SLOTS); break;
    case STEP_SYNC: (void)CALL(world, ext4_sync(world->rig.fs)); break;
    case STEP_CHURN:
        if (world->slots[step->kind % SLOTS]) {
            churn(world, world->slots[step->kind % SLOTS], le32_get(&step->value) % CHURN_MAX);
        }
        break;
    case STEP_REMOUNT:
    case STEP_CRASH:
        world_unmount(world, verb == STEP_CRASH);
        world_mount(world);
        break;
    default: operate_inode(world, step);
    }
}
