// SPDX-License-Identifier: BSD-2-Clause
#include <process/start.h>

#include <tiny/string.h>

enum { WORD_BYTES = sizeof(uint64_t) };

static unsigned count_of(const char *const *list)
{
    unsigned count = 0;

    while (list != NULL && list[count] != NULL) {
        count++;
    }
    return count;
}

static size_t text_bytes(const char *const *list)
{
    size_t bytes = 0;

    for (unsigned i = 0; list != NULL && list[i] != NULL; i++) {
        bytes += tiny_strlen(list[i]) + 1;
    }
    return bytes;
}

static size_t strings_bytes(const struct start_data *data)
{
    return text_bytes(data->arguments) + text_bytes(data->environment) +
           (data->random != NULL ? (size_t)START_RANDOM_BYTES : 0);
}

/* The number of arguments, both lists with their nulls, the vector with its end. */
static size_t words_bytes(const struct start_data *data)
{
    const size_t pairs = data->aux_count + (data->random != NULL ? 1u : 0u) + 1u;

    return (1 + count_of(data->arguments) + 1 + count_of(data->environment) + 1 + 2 * pairs) *
           WORD_BYTES;
}

size_t start_bytes(const struct start_data *data, unsigned align)
{
    return strings_bytes(data) + words_bytes(data) + 2 * align;
}

/* Two pens: one writes words upwards, the other strings. */
struct writing {
    start_write write;
    void *context;
    uint64_t word_at, string_at;
    bool is_good;
};

static void put(struct writing *w, uint64_t address, const void *bytes, size_t size_bytes)
{
    w->is_good = w->is_good && w->write(w->context, address, bytes, size_bytes);
}

static void put_word(struct writing *w, uint64_t word)
{
    put(w, w->word_at, &word, sizeof(word));
    w->word_at += sizeof(word);
}

static void put_list(struct writing *w, const char *const *list)
{
    for (unsigned i = 0; list != NULL && list[i] != NULL; i++) {
        const size_t bytes = tiny_strlen(list[i]) + 1;

        put_word(w, w->string_at);
        put(w, w->string_at, list[i], bytes);
        w->string_at += bytes;
    }
    put_word(w, 0);
}

static void put_pair(struct writing *w, uint64_t type, uint64_t value)
{
    put_word(w, type);
    put_word(w, value);
}

bool start_put(const struct start_data *data, uint64_t top, unsigned align, start_write write,
               void *context, uint64_t *stack)
{
    const uint64_t strings = top - strings_bytes(data);
    struct writing w = {.write = write, .context = context, .string_at = strings, .is_good = true};

    *stack = (strings - words_bytes(data)) / align * align;
    w.word_at = *stack;
    put_word(&w, count_of(data->arguments));
    put_list(&w, data->arguments);
    put_list(&w, data->environment);
    for (unsigned i = 0; i < data->aux_count; i++) {
        put_pair(&w, data->aux[i].type, data->aux[i].value);
    }
    if (data->random != NULL) {
        put_pair(&w, AUX_RANDOM, w.string_at);
        put(&w, w.string_at, data->random, START_RANDOM_BYTES);
    }
    put_pair(&w, AUX_END, 0);
    return w.is_good;
}
