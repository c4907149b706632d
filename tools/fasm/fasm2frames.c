/* SPDX-License-Identifier: MIT */
/*
 * From the features of a 7-series design, as nextpnr writes them (FASM), to the frames of its configuration memory, as
 * xc7frames2bit reads them. What a feature is in bits comes from the Project X-Ray database.
 *   fasm2frames FAMILY FABRIC <design.fasm >design.frm     FAMILY: its folder, .../artix7; FABRIC: xc7a50t
 * Of every column that the design touches all frames are written, each as its address and 101 words; the words' check
 * bits are xc7frames2bit's. Banks under 2.5 V are refused: what their unused pins need (STEPDOWN) is not made here.
 * Exit status: 0; 1 a feature that the database does not know, two that contradict each other, a line that is no FASM,
 * or a database that cannot be read; 2 arguments.
 */
#include <ctype.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 101                /* of a frame */

struct frame {
	uint32_t address, set[WORDS], clear[WORDS];
};

struct design {
	const char *family;              /* the database's folder */
	struct json_object *grid;        /* name of a tile: its type, where its bits are */
	struct json_object *types;       /* type of a tile: {name of a feature: "BUS BIT BIT..."} */
	struct frame **frames;           /* by address */
	size_t count;
	unsigned line;
};

static void fail(const struct design *design, const char *format, ...)
{
	va_list list;

	fprintf(stderr, "fasm2frames: ");
	if (design->line)
		fprintf(stderr, "line %u: ", design->line);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	exit(1);
}

static struct json_object *member(struct json_object *object, const char *name)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, name, &value);
	return value;
}

/* ---- the database: one line a feature, its name and its bits --------------------------------------------------- */

/* Lines of FAMILY/KIND_TYPESUFFIX.db, if there is one; of a feature without bits (KIND is ppips) only the name. */
static void read_features(const struct design *design, struct json_object *features, const char *kind,
			  const char *type, const char *suffix, const char *bus)
{
	char path[1024], *line = NULL, *space, *text;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s_%s%s.db", design->family, kind, type, suffix);
	for (char *c = path + strlen(design->family); *c; c++)
		*c = (char)tolower((unsigned char)*c);
	file = fopen(path, "r");
	if (!file)
		return;
	while (getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = 0;
		space = strchr(line, ' ');
		if (!space)
			continue;
		*space = 0;
		if (!bus)
			json_object_object_add(features, line, json_object_new_string(""));
		else if (asprintf(&text, "%s %s", bus, space + 1) > 0) {
			json_object_object_add(features, line, json_object_new_string(text));
			free(text);
		}
	}
	free(line);
	fclose(file);
}

static struct json_object *features_of(struct design *design, const char *type)
{
	struct json_object *features = member(design->types, type);

	if (features)
		return features;
	features = json_object_new_object();
	json_object_object_add(design->types, type, features);
	/* a feature that takes no bits is asked for first */
	read_features(design, features, "segbits", type, "", "CLB_IO_CLK");
	read_features(design, features, "segbits", type, ".block_ram", "BLOCK_RAM");
	read_features(design, features, "ppips", type, "", NULL);
	return features;
}

/* The name in the database has its index with at least two digits, or with three, or none where the index is 0. */
static const char *bits_of(struct json_object *features, const char *type, const char *feature, unsigned index)
{
	static const char *const forms[] = { "%s.%s[%02u]", "%s.%s[%03u]", "%s.%s[%u]" };
	struct json_object *bits = NULL;
	char name[512];

	if (!index) {
		snprintf(name, sizeof(name), "%s.%s", type, feature);
		bits = member(features, name);
	}
	for (unsigned i = 0; !bits && i < 3; i++) {
		snprintf(name, sizeof(name), forms[i], type, feature, index);
		bits = member(features, name);
	}
	return bits ? json_object_get_string(bits) : NULL;
}

/* ---- frames ---------------------------------------------------------------------------------------------------- */

static struct frame *frame_at(struct design *design, uint32_t address)
{
	size_t low = 0, high = design->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (design->frames[middle]->address < address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == design->count || design->frames[low]->address != address) {
		design->frames = realloc(design->frames, (design->count + 1) * sizeof(*design->frames));
		struct frame *frame = calloc(1, sizeof(*frame));
		if (!design->frames || !frame)
			fail(design, "out of memory");
		frame->address = address;
		memmove(design->frames + low + 1, design->frames + low,
			(design->count++ - low) * sizeof(*design->frames));
		design->frames[low] = frame;
	}
	return design->frames[low];
}

/* `bits` are "BUS [!]FRAME_BIT ...", both counted from the tile's first. */
static void write_bits(struct design *design, struct json_object *tile, const char *feature, const char *bits)
{
	struct json_object *place, *alias;
	char bus[16];
	int used, offset;
	uint32_t base;

	sscanf(bits, "%15s%n", bus, &used);
	place = member(member(tile, "bits"), bus);
	if (!place)
		fail(design, "%s: the tile has no %s bits", feature, bus);
	base = (uint32_t)strtoul(json_object_get_string(member(place, "baseaddr")), NULL, 16);
	offset = json_object_get_int(member(place, "offset"));
	alias = member(place, "alias");
	if (alias)
		offset -= json_object_get_int(member(alias, "start_offset"));
	for (int i = 0; i < json_object_get_int(member(place, "frames")); i++)
		frame_at(design, base + (uint32_t)i);
	for (const char *bit = bits + used; *bit; bit += used) {
		unsigned column, row;
		struct frame *frame;
		bool clear = bit[1] == '!';
		int word;

		if (sscanf(bit + 1 + clear, "%u_%u%n", &column, &row, &used) != 2)
			fail(design, "%s: the database says \"%s\"", feature, bits);
		used += 1 + clear;
		word = offset + (int)row / 32;
		if (word < 0 || word >= WORDS)
			fail(design, "%s: bit %u is outside of its frame", feature, row);
		frame = frame_at(design, base + column);
		(clear ? frame->clear : frame->set)[word] |= UINT32_C(1) << row % 32;
		if (frame->set[word] & frame->clear[word])
			fail(design, "%s contradicts a line before it", feature);
	}
}

/* ---- FASM ------------------------------------------------------------------------------------------------------ */

static void set_feature(struct design *design, const char *tile_name, const char *feature, unsigned index)
{
	struct json_object *tile = member(design->grid, tile_name), *place;
	const char *type, *bits;

	if (!tile)
		fail(design, "%s: the fabric has no such tile", tile_name);
	type = json_object_get_string(member(tile, "type"));
	/* a tile that is a part of a larger one has that one's features */
	place = member(member(member(tile, "bits"), "CLB_IO_CLK"), "alias");
	bits = bits_of(features_of(design, type), type, feature, index);
	if (!bits && place) {
		type = json_object_get_string(member(place, "type"));
		bits = bits_of(features_of(design, type), type, feature, index);
	}
	if (!bits)
		fail(design, "%s.%s[%u]: the database has no such feature of a %s", tile_name, feature, index, type);
	if (*bits)
		write_bits(design, tile, feature, bits);
}

/* TILE.FEATURE, TILE.FEATURE = 1, or TILE.FEATURE[HIGH:LOW] = WIDTH'bBITS */
static void read_line(struct design *design, char *line)
{
	char *feature, *index, *value, *digits, one[] = "1";
	unsigned high = 0, low = 0;

	line[strcspn(line, "#\r\n")] = 0;
	line += strspn(line, " \t");
	if (!*line)
		return;
	value = strchr(line, '=');
	if (value)
		*value++ = 0;
	line[strcspn(line, " \t")] = 0;
	feature = strchr(line, '.');
	if (!feature)
		fail(design, "\"%s\" is no feature", line);
	*feature++ = 0;
	if (strstr(feature, "STEPDOWN"))
		fail(design, "%s.%s: a bank under 2.5 V", line, feature);
	index = strchr(feature, '[');
	if (index) {
		*index++ = 0;
		if (sscanf(index, "%u:%u", &high, &low) == 1)
			low = high;
	}
	digits = !value ? one : strstr(value, "'b") ? strstr(value, "'b") + 2 : value + strspn(value, " \t");
	digits[strcspn(digits, " \t")] = 0;
	size_t length = strlen(digits);
	if (high < low || !length || length > high - low + 1 || strspn(digits, "01") != length)
		fail(design, "%s.%s: its value does not have %u binary digits", line, feature, high - low + 1);
	for (size_t i = 0; i < length; i++)
		if (digits[length - 1 - i] == '1')
			set_feature(design, line, feature, low + (unsigned)i);
}

int main(int argc, char **argv)
{
	struct design design = { .types = json_object_new_object() };
	char path[1024], *line = NULL;
	size_t size = 0;

	if (argc != 3 || argv[1][0] == '-') {
		fprintf(stderr, "usage: fasm2frames FAMILY FABRIC <design.fasm >design.frm\n");
		return 2;
	}
	design.family = argv[1];
	snprintf(path, sizeof(path), "%s/%s/tilegrid.json", argv[1], argv[2]);
	design.grid = json_object_from_file(path);
	if (!design.grid)
		fail(&design, "%s cannot be read; it is in Debian's prjxray-database", path);
	while (getline(&line, &size, stdin) > 0) {
		design.line++;
		read_line(&design, line);
	}
	for (size_t i = 0; i < design.count; i++) {
		printf("0x%08X", design.frames[i]->address);
		for (int word = 0; word < WORDS; word++)
			printf("%c0x%08X", word ? ',' : ' ', design.frames[i]->set[word]);
		putchar('\n');
	}
	return ferror(stdin) || fflush(stdout) ? 1 : 0;
}
