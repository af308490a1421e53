/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pavise apparmorfs: writes the files in which AppArmor's kernel would tell of the policy in force, to be
 * bound over the places where tools look. They can be read; what would be written to them is done by
 * apparmor_parser and pavise, which keep those true that are in their own place.
 */
#include "cli/cmd.h"

#include "base/log.h"
#include "cli/apparmor_files.h"
#include "engine/bpf_system.h"

#include <getopt.h>

static const struct cmd_option options[] = {
	{ 0 },
};

static int write_files(const char *dir, struct err *err)
{
	struct bpf_system system = BPF_SYSTEM_INIT;
	int r = bpf_system_open(&system, true, err);

	if (!r)
		r = apparmor_files_write(dir, system.is_installed ? &system.image : NULL, err);
	bpf_system_close(&system);
	return r;
}

static int run_apparmorfs(const struct cmd *cmd, int argc, char **argv)
{
	struct err err = ERR_INIT;
	int status = cmd_no_options(cmd, argc, argv);

	if (status != -1)
		return status;
	if (argc - optind > 1)
		return cmd_usage(cmd, "in which directory? one at most");
	if (write_files(optind < argc ? argv[optind] : APPARMOR_FILES_DIR, &err) < 0) {
		log_error("%s", err.text);
		return CMD_NO;
	}
	return CMD_OK;
}

const struct cmd cmd_apparmorfs = {
	.name = "apparmorfs",
	.arguments = "[DIR]",
	.summary = "write the files in which AppArmor's kernel would tell of the policy",
	.options = options,
	.run = run_apparmorfs,
};
