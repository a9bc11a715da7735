// SPDX-License-Identifier: BSD-2-Clause
/* The first process of a Linux machine. The kernel's command line says in `work=` what is to be
 * run, and in `disk=` what is mounted for it at /disk; what it prints is kept in memory and goes
 * to the second serial port when it has ended, so that nothing is sent while something is
 * measured. Then the machine is switched off. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { MOST_WORDS = 16, BLOCK_BYTES = 4096 };

static const char module_list[] = "/modules/list", results[] = "/tmp/results";
static const char port[] = "/dev/ttyS1";

/* Goes on all the same: what is missing then makes the work fail, and that is seen. */
static void complain(const char *what)
{
    printf("init: %s: %s\n", what, strerror(errno));
}

static void mount_at(const char *type, const char *source, const char *folder)
{
    mkdir(folder, 0755);
    if (mount(source, folder, type, 0, NULL) != 0) {
        complain(folder);
    }
}

/* With a device for standard output, this process can complain. */
static void mount_all(void)
{
    mount_at("devtmpfs", "none", "/dev");
    if (freopen("/dev/console", "w", stdout) != NULL) {
        setvbuf(stdout, NULL, _IOLBF, 0);
        dup2(STDOUT_FILENO, STDERR_FILENO);
    }
    mount_at("proc", "none", "/proc");
    mount_at("tmpfs", "none", "/tmp");
    mount_at("tmpfs", "none", "/dev/shm");
}

static void load_module(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) != 0) {
        complain(path);
    }
    close(fd);
}

/* The list has those that others need before them. */
static void load_modules(void)
{
    FILE *list = fopen(module_list, "r");
    char path[256];

    if (list == NULL) {
        return;
    }
    while (fgets(path, sizeof(path), list) != NULL) {
        path[strcspn(path, "\n")] = '\0';
        load_module(path);
    }
    fclose(list);
}

static void mount_disk(void)
{
    const char *disk = getenv("disk");

    if (disk != NULL) {
        mount_at("ext4", disk, "/disk");
    }
}

static void bring_up_loopback(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) != 0) {
        complain("loopback");
    }
    close(fd);
}

static _Noreturn void become(char *work)
{
    char *words[MOST_WORDS + 1] = {NULL};
    size_t count = 0;
    int fd = open(results, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    for (char *word = strtok(work, " "); word != NULL && count < MOST_WORDS;
         word = strtok(NULL, " ")) {
        words[count++] = word;
    }
    if (fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0 && count > 0) {
        close(fd);
        execv(words[0], words);
    }
    perror("init: cannot run the work");
    _exit(127);
}

static void run_work(void)
{
    char *work = getenv("work");
    pid_t child, ended;
    int status = 0;

    if (work == NULL) {
        puts("init: the kernel's command line has no work=");
        return;
    }
    child = fork();
    if (child == 0) {
        become(work);
    }
    /* This process also gets the orphans. */
    do {
        ended = waitpid(-1, &status, 0);
    } while (ended != child && ended > 0);
    printf("init: %s ended with status %#x\n", work, (unsigned)status);
}

static int open_port(void)
{
    int fd = open(port, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    struct termios settings;

    if (fd < 0 || tcgetattr(fd, &settings) != 0) {
        complain(port);
        return -1;
    }
    cfmakeraw(&settings);
    cfsetspeed(&settings, B115200);
    tcsetattr(fd, TCSANOW, &settings);
    return fd;
}

static bool write_all(int fd, const char *bytes, ssize_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, (size_t)length);

        if (written <= 0) {
            return false;
        }
        bytes += written;
        length -= written;
    }
    return true;
}

static void send_results(void)
{
    int from = open(results, O_RDONLY | O_CLOEXEC), to = open_port();
    char block[BLOCK_BYTES];
    ssize_t length;

    while ((length = read(from, block, sizeof(block))) > 0) {
        if (!write_all(to, block, length)) {
            complain(port);
            return;
        }
    }
    tcdrain(to);
}

int main(void)
{
    mount_all();
    bring_up_loopback();
    load_modules();
    mount_disk();
    run_work();
    send_results();
    sync();
    reboot(RB_POWER_OFF);
    complain("switching off");
    return 0;
}
