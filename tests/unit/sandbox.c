/* SPDX-License-Identifier: MIT
 *
 * What the filter lets through, on this machine's architecture and on those where
 * it looks different: the filter is made for each, and run here by an interpreter
 * of the few instructions that libseccomp uses.
 */
#include "../../src/daemon/sandbox.c"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "unit.h"

#ifdef FILTER
struct filter {
	struct sock_filter code[BPF_MAXINSNS];
	size_t length;
};

static void
make(struct filter *filter, uint32_t arch)
{
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int fd = memfd_create("filter", MFD_CLOEXEC);
	ssize_t length;

	if (context == NULL || fd < 0)
		unit_bail("no memory");
	if (arch != seccomp_arch_native() && (seccomp_arch_add(context, arch) != 0 ||
	                                      seccomp_arch_remove(context, seccomp_arch_native()) != 0))
		unit_bail("no architecture %x", arch);
	if (fill_filter(context) != 0 || seccomp_export_bpf(context, fd) != 0)
		unit_bail("no filter");
	length = pread(fd, filter->code, sizeof(filter->code), 0);
	if (length <= 0)
		unit_bail("an empty filter");
	filter->length = (size_t)length / sizeof(filter->code[0]);
	close(fd);
	seccomp_release(context);
}

/* Classic BPF as far as it is needed here; the kernel has checked such a program
 * before it runs one. */
static uint32_t
run(const struct filter *filter, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < filter->length; pc++) {
		const struct sock_filter *at = &filter->code[pc];
		bool jump;

		switch (at->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const char *)data + at->k, sizeof(a));
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= at->k;
			continue;
		case BPF_JMP | BPF_JA:
			pc += at->k;
			continue;
		case BPF_RET | BPF_K:
			return at->k;
		case BPF_JMP | BPF_JEQ | BPF_K:
			jump = a == at->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			jump = a >= at->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			jump = a > at->k;
			break;
		default:
			unit_bail("an instruction that is not known here: %x", at->code);
		}
		pc += jump ? at->jt : at->jf;
	}
	unit_bail("the filter has no end");
}

static bool
lets(const struct filter *filter, uint32_t arch, const char *name, uint64_t one, uint64_t two)
{
	struct seccomp_data data = {
		.nr = seccomp_syscall_resolve_name_arch(arch, name),
		.arch = arch,
		.args = { 3, one, two },
	};

	/* i386 and s390x have their older socketcall(2) as well: libseccomp names each
	 * of its calls by a number below -100. */
	if (data.nr < -100 && data.nr > -121) {
		data.args[0] = (unsigned)(-100 - data.nr);
		data.nr = seccomp_syscall_resolve_name_arch(arch, "socketcall");
	}
	if (data.nr < 0)
		unit_bail("%x has no %s", arch, name);
	return run(filter, &data) == SECCOMP_RET_ALLOW;
}

static void
check_rules(uint32_t arch, const char *machine, bool small)
{
	static const struct {
		const char *name;
		uint64_t one, two;
		bool allowed;
	} rows[] = {
		{ "read", 0, 0, true },
		{ "sendfile", 0, 0, true },
		{ "shutdown", SHUT_WR, 0, true },
		{ "exit_group", 0, 0, true },
		{ "ioctl", SIOCOUTQ, 0, true },
		{ "ioctl", FIOASYNC, 0, false },
		{ "ioctl", SIOCSPGRP, 0, false },
		{ "tgkill", 3, SIGABRT, false },
		{ "tgkill", 3, SIGALRM, false },
		{ "tgkill", 3, SIGTERM, false },
		{ "tkill", SIGTERM, 0, false },
		{ "kill", SIGTERM, 0, false },
		{ "rt_sigqueueinfo", SIGTERM, 0, false },
		{ "mprotect", 4096, PROT_READ | PROT_WRITE, true },
		{ "mprotect", 4096, PROT_READ | PROT_EXEC, false },
		{ "openat", 0, 0, false },
		{ "execve", 0, 0, false },
		{ "clone", 0, 0, false },
		{ "prctl", 0, 0, false },
		{ "ptrace", 0, 0, false },
		{ "process_vm_writev", 0, 0, false },
	};
	static const struct {
		uint64_t command, value;
		bool allowed;
	} fcntl_rows[] = {
		{ F_GETFL, 0, true },
		{ F_SETFL, O_RDWR, true },
		{ F_SETFL, O_RDWR | O_NONBLOCK, true },
		{ F_SETFL, O_RDWR | O_ASYNC, false },
		{ F_SETOWN, 1, false },
		{ F_SETOWN_EX, 1, false },
		{ F_SETSIG, SIGTERM, false },
		{ F_SETLEASE, 0, false },
		{ F_DUPFD, 0, false },
	};
	static const char *const small_names[] = { "recv", "send", "_llseek", "fstat64", "mmap2", "sigreturn" };
	static struct filter filter;
	const char *control = small ? "fcntl64" : "fcntl";

	make(&filter, arch);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		unit_ok(lets(&filter, arch, rows[i].name, rows[i].one, rows[i].two) == rows[i].allowed,
		        "%s: %s %#llx %#llx is %s", machine, rows[i].name, (unsigned long long)rows[i].one,
		        (unsigned long long)rows[i].two, rows[i].allowed ? "allowed" : "refused");
	for (size_t i = 0; i < sizeof(fcntl_rows) / sizeof(*fcntl_rows); i++)
		unit_ok(lets(&filter, arch, control, fcntl_rows[i].command, fcntl_rows[i].value)
		                == fcntl_rows[i].allowed,
		        "%s: %s %llu %#llx is %s", machine, control, (unsigned long long)fcntl_rows[i].command,
		        (unsigned long long)fcntl_rows[i].value, fcntl_rows[i].allowed ? "allowed" : "refused");
	for (size_t i = 0; small && i < sizeof(small_names) / sizeof(*small_names); i++)
		unit_ok(lets(&filter, arch, small_names[i], 0, 0), "%s: %s is allowed", machine, small_names[i]);
	unit_ok(!lets(&filter, arch, "socket", AF_INET, SOCK_STREAM), "%s: socket is refused", machine);
}

/* MIPS has other constants, and libseccomp no numbers for these: they are from
 * Linux' arch/mips/kernel/syscalls/syscall_o32.tbl. */
static void
check_mips(void)
{
	static const int numbers[] = { 4175 /* recv */, 4176 /* recvfrom */, 4178 /* send */, 4180 /* sendto */ };
	static struct filter filter;

	make(&filter, SCMP_ARCH_MIPSEL);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		const struct seccomp_data data = { .nr = numbers[i], .arch = SCMP_ARCH_MIPSEL };

		unit_ok(run(&filter, &data) == SECCOMP_RET_ALLOW, "MIPS: call %d is allowed", numbers[i]);
	}
}

static void
check_foreign(void)
{
	static struct filter filter;
	struct seccomp_data data = { .nr = 0, .arch = SCMP_ARCH_ARM };

	make(&filter, seccomp_arch_native());
	if (seccomp_arch_native() != SCMP_ARCH_ARM)
		unit_ok(run(&filter, &data) == SECCOMP_RET_KILL_PROCESS, "another architecture's calls are refused");
}
#endif

int
main(void)
{
#ifdef FILTER
	check_rules(seccomp_arch_native(), "here", false);
	/* Constants are those of the generic architectures there as well, as far as
	 * they stand in the tables. */
	if (SCMP_SYS(recv) < 0 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) {
		check_rules(SCMP_ARCH_ARM, "ARM", true);
		check_rules(SCMP_ARCH_AARCH64, "ARM64", false);
		check_mips();
	}
	check_foreign();
#else
	unit_ok(!sandbox_has_filter(), "there is no filter in this build");
#endif
	return unit_done();
}
