/* SPDX-License-Identifier: BSD-2-Clause */
/* pavise list: eats what is in the kernel, gives the profiles in force, a line each. */
#include "cli/cmd.h"

#include "base/io.h"
#include "base/log.h"
#include "cli/system.h"
#include "cli/words.h"

#include <getopt.h>

enum { OPTION_JSON = CMD_LONG_ONLY };

static const struct cmd_option options[] = {
	{ OPTION_JSON, "json", NULL, "print JSON" },
	{ 0 },
};

static void add_line(const struct image *img, uint32_t i, struct buf *out)
{
	buf_add_escaped(out, slice_of(image_text(img, img->profiles[i].name)));
	buf_printf(out, " (%s)\n", words_mode(img->profiles[i].mode));
}

static void add_object(const struct image *img, uint32_t i, const struct link_record *r,
		       struct buf *out)
{
	const struct image_profile *p = &img->profiles[i];

	buf_printf(out, "%s{\"name\": \"", i ? ", " : "");
	buf_add_json(out, slice_of(image_text(img, p->name)));
	buf_printf(out, "\", \"mode\": \"%s\", \"written_mode\": \"%s\", \"file\": \"",
		   words_mode(p->mode), words_mode(r->mode));
	buf_add_json(out, r->file);
	buf_add_text(out, "\", \"attachment\": ");
	if (image_text(img, p->attachment)[0]) {
		buf_add_char(out, '"');
		buf_add_json(out, slice_of(image_text(img, p->attachment)));
		buf_add_text(out, "\"}");
	} else {
		buf_add_text(out, "null}");
	}
}

static int list(bool is_json, struct buf *out, struct err *err)
{
	struct bpf_system system = BPF_SYSTEM_INIT;
	auto_free struct link_record *records = NULL;
	int r = bpf_system_open(&system, false, err);
	uint32_t n = !r && system.is_installed ? system.image.n_profiles : 0;

	records = calloc(n + 1, sizeof(*records));
	if (!records)
		base_no_memory();
	if (!r && n)
		r = link_read(&system.image, records, err);
	if (!r && is_json)
		buf_add_char(out, '[');
	for (uint32_t i = 0; !r && i < n; i++) {
		if (is_json)
			add_object(&system.image, i, &records[i], out);
		else
			add_line(&system.image, i, out);
	}
	if (!r && is_json)
		buf_add_text(out, "]\n");
	bpf_system_close(&system);
	return r;
}

static int run_list(const struct cmd *cmd, int argc, char **argv)
{
	struct err err = ERR_INIT;
	auto_buf out = BUF_INIT;
	bool is_json = false;
	int status;

	for (int id; cmd_take_option(cmd, argc, argv, &id, &status);)
		is_json |= id == OPTION_JSON;
	if (status != -1)
		return status;
	if (optind != argc)
		return cmd_usage(cmd, "no names are taken");
	if (list(is_json, &out, &err) < 0) {
		log_error("%s", err.text);
		return CMD_NO;
	}
	return cmd_answer(&out, CMD_OK);
}

const struct cmd cmd_list = {
	.name = "list",
	.arguments = "",
	.summary = "list the profiles in force for the whole system",
	.options = options,
	.run = run_list,
};
