/* Turns a function that scores one pair into a matchflow scorer. Part of the plug-in; include it once.
 *
 * No C library: the module has only what is here. Memory allocated during a call is freed once the host has read the
 * result.
 * The layouts are those of the component model's canonical ABI for `matchflow:plugin/scoring@1.0.0`. */

#ifndef MATCHFLOW_H
#define MATCHFLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Separates multiple values of a cell. */
#define ALTERNATIVE 0x1f
/* The score of a pair if a side has nothing to compare. */
#define NOTHING_TO_COMPARE (-1.0f)

/* UTF-8 without a terminating zero. */
struct text {
    const uint8_t *data;
    uint32_t length;
};

/* The plug-in's description, which it must define. */
struct plugin_input {
    const char *name;
    const char *kind;
};
extern const char PLUGIN_NAME[], PLUGIN_VERSION[], PLUGIN_SUMMARY[], PLUGIN_PARAMETERS[];
extern const struct plugin_input PLUGIN_INPUTS[];
extern const unsigned PLUGIN_INPUTS_COUNT;

struct row;
/* Takes the parameters, a JSON object; false refuses them. The text is only valid during the call. */
bool plugin_configure(struct text parameters);
/* The score of a pair, 0 to 1, or NOTHING_TO_COMPARE. */
float plugin_score(const struct row *left, const struct row *right);

/* ---- for plug-ins ---- */

struct matchflow_column {
    const uint32_t *offsets;
    uint32_t offsets_count;
    const uint8_t *data;
    uint32_t data_count;
    const uint8_t *valid;
    uint32_t valid_count;
    const float *rarity;
    uint32_t rarity_count;
};

struct row {
    const struct matchflow_column *columns;
    uint32_t columns_count, index;
};

/* The value of an input; of length 0 if it is missing or was not given. */
static struct text value(const struct row *row, unsigned input) {
    struct text none = {0, 0};
    if (input >= row->columns_count) return none;
    const struct matchflow_column *column = &row->columns[input];
    if (row->index + 1 >= column->offsets_count) return none;
    if (row->index < column->valid_count && !column->valid[row->index]) return none;
    uint32_t start = column->offsets[row->index], end = column->offsets[row->index + 1];
    if (start > end || end > column->data_count) return none;
    struct text found = {column->data + start, end - start};
    return found;
}

/* Removes the next non-empty part from the front of `text`; false if there is none. */
static bool next_part(struct text *text, uint8_t separator, struct text *part) {
    while (text->length && *text->data == separator) text->data++, text->length--;
    part->data = text->data;
    while (text->length && *text->data != separator) text->data++, text->length--;
    part->length = (uint32_t)(text->data - part->data);
    return part->length > 0;
}

static bool same_text(struct text left, struct text right) {
    if (left.length != right.length) return false;
    for (uint32_t at = 0; at < left.length; at++)
        if (left.data[at] != right.data[at]) return false;
    return true;
}

/* ---- the exports ---- */

#define MATCHFLOW_EXPORT(name) __attribute__((export_name(name)))
#define MATCHFLOW_INTERFACE "matchflow:plugin/scoring@1.0.0#"
#define MATCHFLOW_PAGE 65536u

extern uint8_t __heap_base;
static uintptr_t matchflow_top;

/* Bump allocation; grows the memory when needed. */
MATCHFLOW_EXPORT("cabi_realloc")
void *matchflow_realloc(void *old, size_t old_size, size_t align, size_t size) {
    if (!matchflow_top) matchflow_top = (uintptr_t)&__heap_base;
    uintptr_t start = (matchflow_top + align - 1) & ~(uintptr_t)(align - 1);
    uintptr_t end = start + size, memory = (uintptr_t)__builtin_wasm_memory_size(0) * MATCHFLOW_PAGE;
    if (end < start) __builtin_trap();
    if (end > memory && __builtin_wasm_memory_grow(0, (end - memory + MATCHFLOW_PAGE - 1) / MATCHFLOW_PAGE) == (size_t)-1)
        __builtin_trap();
    matchflow_top = end;
    for (size_t at = 0; at < old_size && at < size; at++) ((uint8_t *)start)[at] = ((const uint8_t *)old)[at];
    return (void *)start;
}

/* The host has read the answer: frees all memory of the call. */
static void matchflow_release(void) { matchflow_top = (uintptr_t)&__heap_base; }

static struct text matchflow_text(const char *text) {
    struct text found = {(const uint8_t *)text, 0};
    while (text[found.length]) found.length++;
    return found;
}

struct matchflow_input {
    struct text name, kind;
    bool required, rarity;
};
struct matchflow_description {
    struct text name, version, summary;
    const struct matchflow_input *inputs;
    uint32_t inputs_count;
    struct text parameters;
};

MATCHFLOW_EXPORT(MATCHFLOW_INTERFACE "describe")
const struct matchflow_description *matchflow_describe(void) {
    static struct matchflow_description description;
    struct matchflow_input *inputs = matchflow_realloc(0, 0, 4, PLUGIN_INPUTS_COUNT * sizeof *inputs);
    for (unsigned at = 0; at < PLUGIN_INPUTS_COUNT; at++) {
        inputs[at].name = matchflow_text(PLUGIN_INPUTS[at].name);
        inputs[at].kind = matchflow_text(PLUGIN_INPUTS[at].kind);
        inputs[at].required = true;
        inputs[at].rarity = false;
    }
    description.name = matchflow_text(PLUGIN_NAME);
    description.version = matchflow_text(PLUGIN_VERSION);
    description.summary = matchflow_text(PLUGIN_SUMMARY);
    description.inputs = inputs;
    description.inputs_count = PLUGIN_INPUTS_COUNT;
    description.parameters = matchflow_text(PLUGIN_PARAMETERS);
    return &description;
}
MATCHFLOW_EXPORT("cabi_post_" MATCHFLOW_INTERFACE "describe")
void matchflow_describe_done(void *result) { (void)result, matchflow_release(); }

struct matchflow_configured {
    uint8_t is_error;
    struct text message;
};

MATCHFLOW_EXPORT(MATCHFLOW_INTERFACE "configure")
const struct matchflow_configured *matchflow_configure(const uint8_t *data, uint32_t length) {
    static struct matchflow_configured result;
    struct text parameters = {data, length};
    result.is_error = !plugin_configure(parameters);
    result.message = matchflow_text("these parameters are not allowed: see the schema");
    return &result;
}
MATCHFLOW_EXPORT("cabi_post_" MATCHFLOW_INTERFACE "configure")
void matchflow_configure_done(void *result) { (void)result, matchflow_release(); }

struct matchflow_scored {
    uint8_t is_error;
    union {
        struct text message;
        struct {
            float *values;
            uint32_t values_count;
            uint8_t *compared;
            uint32_t compared_count;
            uint8_t has_evidence;
            uint32_t evidence[4];
            float *information;
            uint32_t information_count;
        } scores;
    } is;
};

MATCHFLOW_EXPORT(MATCHFLOW_INTERFACE "score")
const struct matchflow_scored *matchflow_score(
    const struct matchflow_column *left, uint32_t left_count, const struct matchflow_column *right, uint32_t right_count,
    const uint32_t *left_index, uint32_t left_index_count, const uint32_t *right_index, uint32_t right_index_count,
    uint32_t explain) {
    static struct matchflow_scored result;
    (void)explain;
    result.is_error = left_index_count != right_index_count;
    if (result.is_error) {
        result.is.message = matchflow_text("the two indexes are not equally long");
        return &result;
    }
    float *values = matchflow_realloc(0, 0, 4, left_index_count * sizeof *values);
    uint8_t *compared = matchflow_realloc(0, 0, 1, left_index_count);
    for (uint32_t pair = 0; pair < left_index_count; pair++) {
        struct row one = {left, left_count, left_index[pair]}, other = {right, right_count, right_index[pair]};
        float score = plugin_score(&one, &other);
        compared[pair] = score >= 0.0f;
        values[pair] = compared[pair] ? score : 0.0f;
    }
    result.is.scores.values = values;
    result.is.scores.values_count = left_index_count;
    result.is.scores.compared = compared;
    result.is.scores.compared_count = left_index_count;
    result.is.scores.has_evidence = 0;
    result.is.scores.information = 0;
    result.is.scores.information_count = 0;
    return &result;
}
MATCHFLOW_EXPORT("cabi_post_" MATCHFLOW_INTERFACE "score")
void matchflow_score_done(void *result) { (void)result, matchflow_release(); }

#endif
