/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats names, gives engines and profiles; what fails names what would have been right. */
#include "cli/choose.h"

#include "cli/near.h"
#include "engine/attributes.h"

#include <errno.h>

enum { NAMES_SHOWN_MAX = 10 };

const struct engine_ops *choose_engine_by_name(const char *name, struct err *err)
{
	const struct engine_ops *engine = engine_find(name);
	auto_buf known = BUF_INIT;

	if (engine)
		return engine;
	for (size_t i = 0; engines[i]; i++)
		buf_printf(&known, "%s%s", i ? ", " : "", engines[i]->name);
	err_say(err, -ENOENT, "no engine %s; there is: %s", name, buf_text(&known));
	return NULL;
}

static const struct engine_ops *first_engine(struct err *err)
{
	auto_buf why = BUF_INIT;

	for (size_t i = 0; engines[i]; i++) {
		struct err missing = ERR_INIT;

		if (!engines[i]->probe(&missing))
			return engines[i];
		buf_printf(&why, "%s%s: %s", i ? "; " : "", engines[i]->name, missing.text);
	}
	err_say(err, -ENOSYS, "no engine works here: %s", buf_text(&why));
	return NULL;
}

const struct engine_ops *choose_engine(const char *name, struct err *err)
{
	const struct engine_ops *engine;

	if (!name)
		return first_engine(err);
	engine = choose_engine_by_name(name, err);
	if (engine && engine->probe(err)) {
		err_prefix(err, "engine %s does not work here", name);
		return NULL;
	}
	return engine;
}

/* "a, b and 3 more": what there is, when nothing is near. */
static void add_names(const struct image *img, struct buf *out)
{
	for (uint32_t i = 0; i < img->n_profiles && i < NAMES_SHOWN_MAX; i++)
		buf_printf(out, "%s%s", i ? ", " : "", image_text(img, img->profiles[i].name));
	if (img->n_profiles > NAMES_SHOWN_MAX)
		buf_printf(out, " and %u more", img->n_profiles - NAMES_SHOWN_MAX);
	if (!img->n_profiles)
		buf_add_text(out, "none");
}

int choose_profile(const struct image *img, const char *name, uint32_t *profile, struct err *err)
{
	uint32_t found = image_find_profile(img, slice_of(name));
	auto_buf names = BUF_INIT;
	struct near near;

	if (found != IMAGE_NONE) {
		*profile = found;
		return 0;
	}
	near_init(&near, slice_of(name));
	for (uint32_t i = 0; i < img->n_profiles; i++)
		near_add(&near, slice_of(image_text(img, img->profiles[i].name)));
	near_print(&near, &names);
	if (names.len)
		return err_say(err, -ENOENT, "no profile %s; near it: %s", name, buf_text(&names));
	add_names(img, &names);
	return err_say(err, -ENOENT, "no profile %s; loaded: %s", name, buf_text(&names));
}

int choose_attached(const struct image *img, const char *program, uint32_t *profile,
		    struct err *err)
{
	struct image_attributes attributes = attributes_of_path(program);
	uint32_t found = image_attach(img, IMAGE_NONE, slice_of(program), &attributes);
	auto_buf names = BUF_INIT;

	if (found == IMAGE_UNREADABLE)
		return err_say(err, -EACCES,
			       "the extended attributes of %s cannot be read, and a profile attaches by "
			       "them; choose one with -p",
			       program);
	if (found == IMAGE_AMBIGUOUS)
		return err_say(err, -ENOENT,
			       "two profiles attach to %s equally well; choose one with -p",
			       program);
	if (found != IMAGE_NONE) {
		*profile = found;
		return 0;
	}
	add_names(img, &names);
	return err_say(err, -ENOENT, "no profile attaches to %s; choose one with -p; loaded: %s",
		       program, buf_text(&names));
}
