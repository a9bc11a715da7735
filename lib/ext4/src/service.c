// SPDX-License-Identifier: BSD-2-Clause
/* What every module uses: the host's services, and what is said and done about damage. */
#include "fs.h"

#include <stdarg.h>
#include <tiny/printf.h>
#include <tiny/string.h>

enum { LOG_BYTES = 256 };

_Noreturn void ext4_assert_failed(const char *condition, const char *file, int line)
{
    tiny_printf("%s:%d: assertion failed: %s\n", file, line, condition);
    __builtin_trap();
}

void *ext4_alloc(struct ext4_fs *fs, size_t bytes)
{
    return fs->config.host.alloc(fs->config.host.context, bytes);
}

void ext4_free(struct ext4_fs *fs, void *memory, size_t bytes)
{
    if (memory) {
        fs->config.host.free(fs->config.host.context, memory, bytes);
    }
}

/* While one waits others run, who may not pass where this one may. */
void ext4_wait(struct ext4_fs *fs, const void *what)
{
    bool passing = fs->passing;

    ext4_assert(!fs->txn.impatient);
    fs->passing = false;
    fs->config.host.wait(fs->config.host.context, what);
    fs->passing = passing;
}

struct ext4_time ext4_now(struct ext4_fs *fs)
{
    return fs->config.host.now(fs->config.host.context);
}

uint32_t ext4_random(struct ext4_fs *fs)
{
    fs->random ^= fs->random << 13;
    fs->random ^= fs->random >> 17;
    fs->random ^= fs->random << 5;
    return fs->random;
}

void ext4_log(struct ext4_fs *fs, const char *format, ...)
{
    char text[LOG_BYTES];
    va_list arguments;

    va_start(arguments, format);
    tiny_vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    fs->config.host.log(fs->config.host.context, text);
}

void ext4_fail(struct ext4_fs *fs, const char *why)
{
    if (!fs->failed) {
        ext4_log(fs, "%s: nothing is written any more", why);
    }
    fs->failed = true;
}

void ext4_note_error(struct ext4_fs *fs, const char *text)
{
    struct ext4_errors *errors = &fs->errors;
    size_t length = ext4_min(strlen(text), sizeof(errors->last_text));

    memset(errors->last_text, 0, sizeof(errors->last_text));
    memcpy(errors->last_text, text, length);
    errors->last = ext4_now(fs);
    if (errors->count++ == 0) {
        errors->first = errors->last;
        memcpy(errors->first_text, errors->last_text, sizeof(errors->first_text));
    }
}

enum ext4_status ext4_corrupt(struct ext4_fs *fs, const char *format, ...)
{
    char text[LOG_BYTES];
    va_list arguments;

    va_start(arguments, format);
    tiny_vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    ext4_log(fs, "damaged: %s", text);
    ext4_note_error(fs, text);
    if (fs->config.policy != EXT4_ON_ERROR_CONTINUE && ext4_writable(fs) && fs->super) {
        ext4_fail(fs, "the file system is damaged");
    }
    fs->refused = fs->config.policy == EXT4_ON_ERROR_REFUSE;
    return EXT4_CORRUPT;
}
