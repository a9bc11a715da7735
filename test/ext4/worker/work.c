// SPDX-License-Identifier: BSD-2-Clause
#include "test/ext4/worker/work.h"
#include "test/ext4/worker/acl.h"
#include "test/ext4/worker/random.h"

#include <string.h>
#include <sys/stat.h>

enum {
    NAMES = 12,
    DIRECTORIES = 4,
    DEPTH = 3,
    NAME_BYTES = 256,
    LARGEST_WRITE = 200000,
    INLINE_MOST = 2000, /* bytes that an inode may hold, in the formats that travel */
    TRIES = 12
};
enum { CROWD_NAME_BYTES = PATH_BYTES };

static uint8_t data[LARGEST_WRITE];

void work_start(struct work *work, const struct files *files, uint32_t seed, FILE *trace)
{
    *work = (struct work){.files = files, .trace = trace, .random = random_start(seed)};
}

static uint32_t below(struct work *work, uint32_t limit)
{
    return random_below(&work->random, limit);
}

static bool often(struct work *work, uint32_t percent)
{
    return below(work, 100) < percent;
}

/* ---- names --------------------------------------------------------------- */

/* Some are plain, some long, some not of this alphabet. */
static void add_name(struct work *work, char *path, char kind, uint32_t count)
{
    uint32_t which = below(work, count);
    size_t used = strlen(path);
    char *to = path + used;

    sprintf(to, "%c%u", kind, which);
    if (which % 5 == 3) {
        strcat(to, " \xc3\xa4 and more");
    } else if (which % 5 == 4) {
        memset(to + strlen(to), 'x', 150);
        to[which % 2 ? 150 : 100] = 0;
    }
}

static bool is_there(struct work *work, const char *path)
{
    struct facts facts;

    return work->files->facts(work->files->context, path, &facts) == 0;
}

/* A folder that is there. */
static void add_folder(struct work *work, char *path)
{
    for (uint32_t depth = below(work, DEPTH); depth > 0; depth--) {
        size_t before = strlen(path);

        add_name(work, path, 'd', DIRECTORIES);
        if (!is_there(work, path)) {
            path[before] = 0;
            return;
        }
        strcat(path, "/");
    }
}

/* A name that may be there or not. */
static void pick(struct work *work, char *path, char kind)
{
    path[0] = 0;
    add_folder(work, path);
    add_name(work, path, kind, kind == 'd' ? DIRECTORIES : NAMES);
}

/* A name that is there, if that can be had. */
static void pick_old(struct work *work, char *path, char kind)
{
    for (int tries = 0; tries < TRIES; tries++) {
        pick(work, path, kind);
        if (is_there(work, path)) {
            return;
        }
    }
}

/* ---- steps --------------------------------------------------------------- */

static void fill(struct work *work, size_t bytes)
{
    uint32_t state = random_start(work->random);

    for (size_t i = 0; i + sizeof(state) <= bytes; i += sizeof(state)) {
        random_next(&state);
        memcpy(data + i, &state, sizeof(state));
    }
}

/* The bit that hands the group down is nothing that mkdir() takes. */
static int make_folder(struct work *work, char *path)
{
    uint32_t mode = often(work, 10) ? 01777 : often(work, 10) ? 02755 : 0755;
    int number;

    pick(work, path, 'd');
    number = work->files->make(work->files->context, path, S_IFDIR | 0755, 0, 0);
    return number ? number : work->files->set_mode(work->files->context, path, mode);
}

static int remove_folder(struct work *work, char *path)
{
    pick_old(work, path, 'd');
    return work->files->rmdir(work->files->context, path);
}

static int make_file(struct work *work, char *path)
{
    pick(work, path, 'f');
    return work->files->make(work->files->context, path, S_IFREG | 0600 | below(work, 0100), 0, 0);
}

static uint64_t size_of(struct work *work, const char *path)
{
    struct facts facts;

    return work->files->facts(work->files->context, path, &facts) == 0 ? facts.size : 0;
}

static size_t pick_bytes(struct work *work)
{
    return 1 + below(work, often(work, 10) ? LARGEST_WRITE : often(work, 50) ? 20000 : 600);
}

/* At its end, in its middle, beyond it; rarely beyond 4 GiB. */
static int write_file(struct work *work, char *path)
{
    size_t bytes = pick_bytes(work);
    uint64_t size, offset;

    pick_old(work, path, 'f');
    size = size_of(work, path);
    offset = size;
    if (often(work, 40) && size > 0 && size < UINT32_MAX) {
        offset = below(work, (uint32_t)size);
    } else if (often(work, 20)) {
        offset = size + below(work, 400000);
    } else if (often(work, 3)) {
        offset = 5000000000 + below(work, 100000);
    }
    fill(work, bytes);
    return work->files->write(work->files->context, path, offset, data, bytes);
}

/* None of those that may lie in their inodes gets longer: Linux loses what is written there before
 * the next unmount. */
static int truncate_file(struct work *work, char *path)
{
    uint64_t size;

    pick_old(work, path, 'f');
    size = size_of(work, path);
    size = often(work, 20)                         ? 0
           : often(work, 30) && size > INLINE_MOST ? size + below(work, 100000)
                                                   : size / (1 + below(work, 4));
    return work->files->truncate(work->files->context, path, size);
}

static int allocate(struct work *work, char *path)
{
    enum allocation how = (enum allocation)below(work, 4);
    uint64_t offset = below(work, 200000), bytes = 1 + below(work, 150000);

    pick_old(work, path, 'f');
    return work->files->allocate(work->files->context, path, how, offset, bytes);
}

static int remove_file(struct work *work, char *path)
{
    static const char kinds[] = "ffffspa";

    pick_old(work, path, kinds[below(work, sizeof(kinds) - 1)]);
    return work->files->unlink(work->files->context, path);
}

/* Of files and the like, or of directories; nothing changes what its name says it is. */
static int rename_any(struct work *work, char *path)
{
    static const char kinds[] = "fffddspa";
    char kind = kinds[below(work, sizeof(kinds) - 1)], to[PATH_BYTES];
    enum renaming how = (enum renaming)below(work, 3);

    pick_old(work, path, kind);
    pick(work, to, kind);
    return work->files->rename(work->files->context, path, to, how);
}

static int link_any(struct work *work, char *path)
{
    static const char kinds[] = "fffspa";
    char kind = kinds[below(work, sizeof(kinds) - 1)], old[PATH_BYTES];

    pick(work, path, kind);
    pick_old(work, old, kind);
    return work->files->link(work->files->context, path, old);
}

static int make_symlink(struct work *work, char *path)
{
    char target[PATH_BYTES];
    size_t length = often(work, 50) ? 1 + below(work, 59) : 60 + below(work, 900);

    memset(target, 't', length);
    target[length] = 0;
    pick(work, path, 's');
    return work->files->symlink(work->files->context, path, target);
}

static int make_special(struct work *work, char *path)
{
    static const uint32_t types[] = {S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK};
    uint32_t type = types[below(work, 4)];
    uint32_t major = often(work, 50) ? below(work, 256) : below(work, 4096);
    uint32_t minor = often(work, 50) ? below(work, 256) : below(work, 1 << 20);

    if (type == S_IFIFO || type == S_IFSOCK) {
        major = minor = 0;
    }
    pick(work, path, 'p');
    return work->files->make(work->files->context, path, type | 0640, major, minor);
}

static void pick_attribute(struct work *work, char *name)
{
    static const char *const classes[] = {"user", "trusted", "security"};

    sprintf(name, "%s.note%u", classes[below(work, 3)], below(work, 6));
}

static int set_attribute(struct work *work, char *path)
{
    char name[NAME_BYTES];
    size_t bytes = often(work, 70) ? below(work, 40) : below(work, 500);

    pick_old(work, path, often(work, 80) ? 'f' : 'd');
    pick_attribute(work, name);
    fill(work, bytes + sizeof(uint32_t));
    return work->files->set_attribute(work->files->context, path, name, data, bytes);
}

static int remove_attribute(struct work *work, char *path)
{
    char name[NAME_BYTES];

    pick_old(work, path, often(work, 80) ? 'f' : 'd');
    pick_attribute(work, name);
    return work->files->remove_attribute(work->files->context, path, name);
}

/* The mode says the same as the list, as it must; Linux would see to that itself. */
static int set_list(struct work *work, char *path)
{
    uint8_t acl[ACL_BYTES];
    uint32_t users = 1 + below(work, 5);
    size_t used = acl_add(acl, 0, ACL_OWNER, 6, 0);
    int number;

    pick(work, path, 'a');
    work->files->make(work->files->context, path, S_IFREG | 0644, 0, 0);
    for (uint32_t user = 0; user < users; user++) {
        used = acl_add(acl, used, ACL_USER, (uint16_t)below(work, 8), 1000 + user);
    }
    used = acl_add(acl, used, ACL_OWNING_GROUP, 4, 0);
    used = acl_add(acl, used, ACL_MASK, 4, 0);
    used = acl_add(acl, used, ACL_OTHERS, 4, 0);
    number = work->files->set_attribute(work->files->context, path, "system.posix_acl_access", acl,
                                        used);
    return number ? number : work->files->set_mode(work->files->context, path, 0644);
}

static int set_mode(struct work *work, char *path)
{
    pick_old(work, path, often(work, 80) ? 'f' : 'p');
    return work->files->set_mode(work->files->context, path, below(work, 01000));
}

static int set_owner(struct work *work, char *path)
{
    static const char kinds[] = "ffdsp";
    uint32_t uid = often(work, 50) ? below(work, 2000) : 100000 + below(work, 1000000);

    pick_old(work, path, kinds[below(work, sizeof(kinds) - 1)]);
    return work->files->set_owner(work->files->context, path, uid, uid / 3);
}

/* From 1901 to 2446, which is what fits. */
static struct moment pick_moment(struct work *work)
{
    static const int64_t seconds[] = {-0x80000000ll, -1,         0,           1,
                                      0x7fffffff,    0x80000000, 0x17fffffff, 0x37fffffffll};

    return (struct moment){seconds[below(work, 8)], below(work, 1000000000)};
}

static int set_times(struct work *work, char *path)
{
    static const char kinds[] = "ffdsp";
    struct moment accessed = pick_moment(work), modified = pick_moment(work);

    pick_old(work, path, kinds[below(work, sizeof(kinds) - 1)]);
    return work->files->set_times(work->files->context, path, accessed, modified);
}

/* Open, but without a name. */
static int hold_file(struct work *work, char *path)
{
    int number;

    pick_old(work, path, 'f');
    number = work->files->hold(work->files->context, path);
    return number ? number : work->files->unlink(work->files->context, path);
}

static int sync_file(struct work *work, char *path)
{
    pick_old(work, path, 'f');
    return work->files->fsync(work->files->context, path);
}

static const struct {
    const char *name;
    int (*take)(struct work *work, char *path);
    uint32_t weight;
} steps[] = {
    {"mkdir", make_folder, 8},
    {"rmdir", remove_folder, 2},
    {"create", make_file, 20},
    {"write", write_file, 30},
    {"truncate", truncate_file, 8},
    {"allocate", allocate, 8},
    {"unlink", remove_file, 6},
    {"rename", rename_any, 12},
    {"link", link_any, 6},
    {"symlink", make_symlink, 6},
    {"special", make_special, 5},
    {"attribute", set_attribute, 12},
    {"no attribute", remove_attribute, 4},
    {"list", set_list, 3},
    {"mode", set_mode, 5},
    {"owner", set_owner, 5},
    {"times", set_times, 5},
    {"hold", hold_file, 2},
    {"fsync", sync_file, 3},
};

enum { STEPS = sizeof(steps) / sizeof(steps[0]) };

void work_step(struct work *work)
{
    uint32_t total = 0, chosen, i = 0;
    char path[PATH_BYTES] = "";
    int number;

    for (uint32_t s = 0; s < STEPS; s++) {
        total += steps[s].weight;
    }
    chosen = below(work, total);
    while (chosen >= steps[i].weight) {
        chosen -= steps[i++].weight;
    }
    number = steps[i].take(work, path);
    if (work->trace) {
        fprintf(work->trace, "%u %s %s: %s\n", work->step, steps[i].name, path,
                number ? strerror(number) : "done");
    }
    work->step++;
}

/* ---- many names ---------------------------------------------------------- */

static void crowd_name(char *path, const char *folder, uint32_t i)
{
    snprintf(path, CROWD_NAME_BYTES, "%s/name %u of a crowd", folder, i);
}

/* Every other one is one more name of the one before. */
static void crowd_in(struct work *work, const char *folder, uint32_t names)
{
    char path[CROWD_NAME_BYTES], old[CROWD_NAME_BYTES];

    for (uint32_t i = 0; i < names; i++) {
        crowd_name(path, folder, i);
        if (i % 2 == 0) {
            work->files->make(work->files->context, path, S_IFREG | 0644, 0, 0);
            strcpy(old, path);
        } else {
            work->files->link(work->files->context, path, old);
        }
    }
}

void work_crowd(struct work *work, uint32_t names)
{
    char folder[NAME_BYTES], path[CROWD_NAME_BYTES];
    bool all = often(work, 40);

    sprintf(folder, "b%u", below(work, 3));
    work->files->make(work->files->context, folder, S_IFDIR | 0755, 0, 0);
    crowd_in(work, folder, names);
    for (uint32_t i = 0; i < names; i++) {
        if (all || i % 8 != 0) {
            crowd_name(path, folder, i);
            work->files->unlink(work->files->context, path);
        }
    }
    work->files->rmdir(work->files->context, folder);
}
