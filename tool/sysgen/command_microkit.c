// SPDX-License-Identifier: BSD-2-Clause
/* The microkit command: options, SDK folder, outputs and exit status as projects expect them. */
#include "build.h"
#include "command.h"
#include "report.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RAM_DEFAULT_MIB = 1024, RAM_MIN_MIB = 16 };

static const char usage[] =
    "usage: microkit [-h] [-o OUTPUT] [-r REPORT] --board BOARD --config CONFIG\n"
    "                [--search-path PATH ...] [--image-type binary|elf|uimage]\n"
    "                [--override-kernel PATH] [--capdl-json PATH] [--viper-output FOLDER]\n"
    "                [--extensions] [--ram MIB] [--report-json PATH]\n"
    "                [--console kernel|serial|log] [--fault-json] system\n";

struct microkit {
    struct job job;
    struct target target;
    struct list search;
    const char *sdk, *board, *config, *system;
    const char *output, *report, *image_type, *kernel, *objects, *viper, *report_json, *ram,
        *console;
    bool extensions, help, fault_json;
    struct build build;
    const char *board_folder; /* of board and config */
};

static bool is_folder(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* Two levels above the executable, if the environment does not say. */
static const char *sdk_by_program(struct job *job)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path));

    for (unsigned i = 0; i < 2; i++) {
        while (length > 0 && path[--length] != '/') {
        }
    }
    return length > 0 ? job_copy(job, path, (size_t)length) : "";
}

static bool find_sdk(struct microkit *run, struct words *words)
{
    const char *given = getenv("MICROKIT_SDK");

    run->sdk = given ? given : sdk_by_program(&run->job);
    if (!is_folder(run->sdk)) {
        words_complain(words, "the SDK folder '%s' does not exist%s", run->sdk,
                       given ? "; MICROKIT_SDK names it" : "");
        return false;
    }
    if (!is_folder(job_print(&run->job, "%s/board", run->sdk))) {
        words_complain(words, "the SDK '%s' has no folder 'board'", run->sdk);
        return false;
    }
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of the folders in a folder, sorted, separated by commas. */
static const char *folders_in(struct job *job, const char *path)
{
    struct text text = {.job = job};
    struct list names = {0};
    struct dirent *entry;
    DIR *folder = opendir(path);

    while (folder && (entry = readdir(folder))) {
        if (entry->d_name[0] != '.' && is_folder(job_print(job, "%s/%s", path, entry->d_name))) {
            list_add(job, &names, job_copy(job, entry->d_name, strlen(entry->d_name)));
        }
    }
    if (folder) {
        closedir(folder);
    }
    if (names.count) {
        qsort(names.items, names.count, sizeof(names.items[0]), compare_names);
    }
    for (size_t i = 0; i < names.count; i++) {
        text_print(&text, "%s%s", i ? ", " : "", (const char *)names.items[i]);
    }
    return names.count ? text.bytes : "none";
}

static void check_board(struct microkit *run, struct words *words)
{
    const char *all = job_print(&run->job, "%s/board", run->sdk);

    if (!run->board) {
        return;
    }
    if (strchr(run->board, '/') || run->board[0] == '.' || run->board[0] == 0 ||
        !is_folder(job_print(&run->job, "%s/%s", all, run->board))) {
        words_complain(words, "argument --board: invalid choice '%s' (choose from: %s)", run->board,
                       folders_in(&run->job, all));
    } else if (!board_named(run->board)) {
        words_complain(words, "board '%s' of the SDK is not known to this builder", run->board);
    }
}

/* Options with one value, and where it goes. */
static const char **value_of(struct microkit *run, const char *option)
{
    const struct {
        const char *name;
        const char **value;
    } options[] = {
        {"-o", &run->output},
        {"--output", &run->output},
        {"-r", &run->report},
        {"--report", &run->report},
        {"--board", &run->board},
        {"--config", &run->config},
        {"--image-type", &run->image_type},
        {"--override-kernel", &run->kernel},
        {"--capdl-json", &run->objects},
        {"--viper-output", &run->viper},
        {"--report-json", &run->report_json},
        {"--ram", &run->ram},
        {"--console", &run->console},
    };

    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (strcmp(options[i].name, option) == 0) {
            return options[i].value;
        }
    }
    return NULL;
}

static void take_word(struct microkit *run, struct words *words, const char *word)
{
    const char **value = value_of(run, word);

    if (value) {
        *value = words_value(words, word);
        if (value == &run->board) {
            check_board(run, words);
        }
    } else if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
        run->help = true;
    } else if (strcmp(word, "--extensions") == 0) {
        run->extensions = true;
    } else if (strcmp(word, "--fault-json") == 0) {
        run->fault_json = true;
    } else if (strcmp(word, "--search-path") == 0) {
        words_values(words, &run->job, &run->search);
    } else if (!run->system) {
        run->system = word;
    } else {
        fputs(usage, stdout);
        words_complain(words, "unrecognised argument '%s'", word);
    }
}

static void check_required(struct microkit *run, struct words *words)
{
    if (!words->wrong && (!run->board || !run->config || !run->system)) {
        fputs(usage, stdout);
        words_complain(words, "the following arguments are required:%s%s%s",
                       run->board ? "" : " --board", run->config ? "" : " --config",
                       run->system ? "" : " system");
    }
}

static void check_config(struct microkit *run, struct words *words)
{
    const char *all = job_print(&run->job, "%s/board/%s", run->sdk, run->board);

    run->board_folder = job_print(&run->job, "%s/%s", all, run->config);
    if (strchr(run->config, '/') || run->config[0] == '.' || run->config[0] == 0 ||
        !is_folder(run->board_folder)) {
        words_complain(words, "argument --config: invalid choice '%s' (choose from: %s)",
                       run->config, folders_in(&run->job, all));
    } else if (!config_known(board_named(run->board), run->config)) {
        words_complain(words, "config '%s' of the SDK is not known to this builder", run->config);
    }
}

/* Which types a board's image may have. */
static void check_image_type(struct microkit *run, struct words *words)
{
    static const char *const names[] = {
        [IMAGE_ELF] = "elf", [IMAGE_BINARY] = "binary", [IMAGE_UIMAGE] = "uimage"};
    const struct board *board = board_named(run->board);
    const char *type = run->image_type ? run->image_type : names[board->image];
    bool known =
        strcmp(type, "elf") == 0 || strcmp(type, "binary") == 0 || strcmp(type, "uimage") == 0;

    if (!known) {
        words_complain(words, "invalid image type '%s' (choose from: binary, elf, uimage)", type);
    } else if (strcmp(board->arch, "x86_64") == 0
                   ? strcmp(type, "elf") != 0
                   : strcmp(board->arch, "aarch64") == 0 && strcmp(type, "uimage") == 0) {
        words_complain(words, "board '%s' does not support images of type '%s'", board->name, type);
    } else if (strcmp(board->arch, "x86_64") != 0) {
        words_complain(words, "images for '%s' need a loader, which this SDK does not have yet",
                       board->name);
    }
}

static enum console_wish console_wish(struct microkit *run, struct words *words)
{
    static const char *const names[] = {
        [CONSOLE_KERNEL] = "kernel", [CONSOLE_SERIAL] = "serial", [CONSOLE_LOG] = "log"};

    if (!run->console) {
        return CONSOLE_FITTING;
    }
    for (unsigned wish = CONSOLE_KERNEL; wish <= CONSOLE_LOG; wish++) {
        if (strcmp(names[wish], run->console) == 0) {
            return (enum console_wish)wish;
        }
    }
    words_complain(words,
                   "argument --console: invalid choice '%s' (choose from: kernel, serial, log)",
                   run->console);
    return CONSOLE_FITTING;
}

static uint64_t ram_bytes(struct microkit *run, struct words *words)
{
    char *end = NULL;
    unsigned long mib = run->ram ? strtoul(run->ram, &end, 10) : RAM_DEFAULT_MIB;

    if (run->ram &&
        (*end || run->ram[0] < '0' || run->ram[0] > '9' || mib < RAM_MIN_MIB || mib > 1 << 20)) {
        words_complain(words, "--ram takes MiB, from %d to %d, not '%s'", RAM_MIN_MIB, 1 << 20,
                       run->ram);
    }
    return (uint64_t)mib << 20;
}

static const char *sdk_file(struct microkit *run, struct words *words, const char *kind,
                            const char *name)
{
    const char *path = job_print(&run->job, "%s/elf/%s", run->board_folder, name);

    if (access(path, R_OK) != 0) {
        words_complain(words, "the SDK's %s '%s' does not exist", kind, path);
    }
    return path;
}

/* The kernel travels with the image, both forms of it. */
static void copy_kernel(struct microkit *run, const char *kernel, const char *name)
{
    struct job *job = &run->job;
    const char *from =
        job_print(job, "%.*s%s", (int)(text_basename(kernel) - kernel), kernel, name);
    const char *to = job_print(job, "%.*s%s", (int)(text_basename(run->output) - run->output),
                               run->output, name);
    const struct place at = {.file = from};
    const char *why = NULL;
    struct file *file = file_read(job, from, (size_t)1 << 30, &why);

    if (!file) {
        refuse(job, RULE_FILE_UNREADABLE, &at, NULL, "the kernel '%s' cannot be read: %s", from,
               why);
    }
    file_write(job, to, file->bytes, file->length);
}

static void write_viper(struct microkit *run)
{
    const struct system *system = run->build.system;
    const struct place at = {.file = run->viper};

    if (!is_folder(run->viper) && mkdir(run->viper, 0777) != 0) {
        refuse(&run->job, RULE_OUTPUT, &at, NULL, "cannot be made: %s", strerror(errno));
    }
    for (size_t i = 0; i < system->components.count; i++) {
        const struct component *component = system->components.items[i];
        struct text text = {.job = &run->job};

        if (strchr(component->name, '/')) {
            refuse(&run->job, RULE_OUTPUT, &at, "names without /",
                   "protection domain '%s' cannot have a file of its name", component->name);
        }
        report_viper(&text, run->build.plan, component);
        file_write(&run->job, job_print(&run->job, "%s/%s.vpr", run->viper, component->name),
                   text.bytes, text.length);
    }
}

static void write_reports(struct microkit *run)
{
    struct text text = {.job = &run->job}, json = text, objects = text;

    if (run->objects) {
        report_objects_json(&objects, run->build.plan);
        file_write(&run->job, run->objects, objects.bytes, objects.length);
    }
    if (run->viper) {
        write_viper(run);
    }
    if (run->report_json) {
        report_json(&json, &run->build);
        file_write(&run->job, run->report_json, json.bytes, json.length);
    }
    report_text(&text, &run->build);
    file_write(&run->job, run->report, text.bytes, text.length);
}

struct work {
    struct microkit *run;
    struct build_inputs inputs;
};

static void do_build(void *argument)
{
    struct work *work = argument;
    struct microkit *run = work->run;
    struct build *build = &run->build;

    *build = build_image(&work->inputs);
    fputs(build->system->warnings.length ? build->system->warnings.bytes : "", stdout);
    file_write(&run->job, run->output, build->task.bytes, build->task.length);
    copy_kernel(run, work->inputs.kernel_path, "sel4.elf");
    copy_kernel(run, work->inputs.kernel_path, "sel4_32.elf");
    write_reports(run);
    printf("MICROKIT|OBJECT LIST: %u root objects, %s\n", build->plan->counts[SYSTEM_TABLE_OBJECTS],
           report_size(&run->job, build->block.length));
    printf("MICROKIT|INITIAL TASK: memory size %s\n", report_size(&run->job, build->task_memory));
    printf("MICROKIT|BOOT MODULE: file size %s\n", report_size(&run->job, build->task.length));
}

static void set_inputs(struct microkit *run, struct words *words, struct build_inputs *inputs)
{
    target_init(&run->target, board_named(run->board), run->config);
    list_add(&run->job, &run->search, ".");
    inputs->source = (struct system_source){.job = &run->job,
                                            .target = &run->target,
                                            .search = &run->search,
                                            .extensions = run->extensions,
                                            .console = console_wish(run, words),
                                            .fault_json = run->fault_json};
    inputs->system_path = run->system;
    inputs->ram_bytes = ram_bytes(run, words);
    inputs->kernel_path = sdk_file(run, words, "kernel", "sel4.elf");
    if (run->kernel) {
        inputs->kernel_path = run->kernel;
    }
    inputs->initialiser_path = sdk_file(run, words, "initialiser", "initialiser.elf");
    inputs->monitor_path = sdk_file(run, words, "monitor", "monitor.elf");
}

static int print_help(struct microkit *run)
{
    printf("%s\nboards: %s\n", usage,
           folders_in(&run->job, job_print(&run->job, "%s/board", run->sdk)));
    return 0;
}

static int execute(struct microkit *run, struct words *words)
{
    struct work work = {.run = run};
    const char *word;

    if (!find_sdk(run, words)) {
        return 1;
    }
    while (!words->wrong && !run->help && (word = words_next(words))) {
        take_word(run, words, word);
    }
    if (run->help) {
        return print_help(run);
    }
    check_required(run, words);
    if (!words->wrong) {
        check_config(run, words);
    }
    if (!words->wrong) {
        check_image_type(run, words);
    }
    if (!words->wrong) {
        set_inputs(run, words, &work.inputs);
    }
    if (words->wrong) {
        return 1;
    }
    if (!job_run(&run->job, do_build, &work)) {
        fputs(run->job.message, stderr);
        return 1;
    }
    return 0;
}

int command_microkit(int count, char **words)
{
    struct words line = {.program = "microkit", .words = words, .count = count, .at = 1};
    struct microkit run = {.output = "loader.img", .report = "report.txt"};
    int status;

    job_init(&run.job);
    status = execute(&run, &line);
    job_fini(&run.job);
    return status;
}
