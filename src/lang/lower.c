/* SPDX-License-Identifier: BSD-2-Clause */
/* What rule classes lower with: rows with the qualifiers of a rule, bytes as pattern text. */
#include "lang/rule_class.h"

struct lower_row lower_row_of(const struct rule *rule, enum class_id class_id)
{
	const struct qualifiers *q = &rule->qualifiers;

	return (struct lower_row){
		.class_id = class_id,
		.verb = q->deny ? LOWER_DENY : LOWER_ALLOW,
		.who = q->who ? q->who : WHO_ALL,
		.audit = q->audit,
		.quiet = q->quiet,
		.priority = q->has_priority ? q->priority : 0,
		.rule = rule,
	};
}

void lower_add_literal(struct buf *out, struct slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		lower_add_u8(out, (unsigned char)bytes.ptr[i]);
}

void lower_add_u8(struct buf *out, unsigned value)
{
	char c = (char)value;

	if (value >= 0x21 && value < 0x7f && !memchr("\\?*[]{},^\"", c, 10))
		buf_add_char(out, c);
	else
		buf_printf(out, "\\x%02x", value & 0xff);
}

void lower_add_u16(struct buf *out, unsigned value)
{
	lower_add_u8(out, value >> 8 & 0xff);
	lower_add_u8(out, value & 0xff);
}

void lower_give(const struct lower_sink *sink, struct lower_row row, const struct buf *pattern,
		uint32_t perms)
{
	row.pattern = arena_slice(sink->arena, buf_slice(pattern));
	row.perms = perms;
	sink->row(sink->to, &row);
}

void profile_lower(const struct profile *profile, const struct lower_sink *sink)
{
	struct lower_sink own = *sink;

	own.profile = profile;
	for (const struct rule *rule = profile->rules; rule; rule = rule->next) {
		/* There is nobody to ask: what would be asked about stays refused. */
		if (!rule->qualifiers.prompt)
			rule->rule_class->lower(rule, &own);
	}
}
