// SPDX-License-Identifier: BSD-2-Clause
#include "report.h"

#include "console.h"

#include <start/root.h>
#include <tiny/printf.h>

static struct job *about;

void report_about(struct job *job)
{
    about = job;
}

const char *report_error_text(seL4_Error error)
{
    static const char *const texts[seL4_NumErrors] = {
        [seL4_NoError] = "no error",
        [seL4_InvalidArgument] = "invalid argument",
        [seL4_InvalidCapability] = "invalid capability",
        [seL4_IllegalOperation] = "illegal operation",
        [seL4_RangeError] = "out of range",
        [seL4_AlignmentError] = "wrong alignment",
        [seL4_FailedLookup] = "failed look-up",
        [seL4_TruncatedMessage] = "truncated message",
        [seL4_DeleteFirst] = "delete first",
        [seL4_RevokeFirst] = "revoke first",
        [seL4_NotEnoughMemory] = "not enough memory",
    };

    return (unsigned)error < seL4_NumErrors ? texts[error] : "an unknown error";
}

static void begin(uint32_t line)
{
    console_open(about);
    tiny_printf("initialiser: ");
    if (about->image) {
        tiny_printf("%s:", system_text(about->image, about->image->file));
        if (line) {
            tiny_printf("%u:", line);
        }
        tiny_printf(" ");
    }
}

__attribute__((noreturn)) static void end(void)
{
    tiny_printf("\ninitialiser: the system is not started\n");
    console_close();
    root_stop();
}

void report_stop(const char *format, ...)
{
    va_list arguments;

    begin(0);
    va_start(arguments, format);
    tiny_vprintf(format, arguments);
    va_end(arguments);
    end();
}

static void name_object(const struct system_object *object, uint32_t component)
{
    if (component == SYSTEM_NONE) {
        component = object->component;
    }
    if (component != SYSTEM_NONE) {
        tiny_printf("component '%s': ",
                    system_text(about->image, about->components[component].name));
    }
    tiny_printf("object '%s': ", system_text(about->image, object->name));
}

void report_object(uint32_t object, uint32_t component, uint32_t line, const char *format, ...)
{
    const struct system_object *run = &about->objects[object];
    va_list arguments;

    begin(line ? line : run->line);
    name_object(run, component);
    va_start(arguments, format);
    tiny_vprintf(format, arguments);
    va_end(arguments);
    end();
}

void report_refusal(seL4_Error error, const char *doing, uint32_t object, uint32_t component,
                    uint32_t line)
{
    report_object(object, component, line, "%s: the kernel answered: %s (error %d)", doing,
                  report_error_text(error), (int)error);
}
