/* The share of words that two texts have in common. */

#include "matchflow.h"

const char PLUGIN_NAME[] = "word-overlap";
const char PLUGIN_VERSION[] = "0.1.0";
const char PLUGIN_SUMMARY[] = "The share of words that two texts have in common";
const struct plugin_input PLUGIN_INPUTS[] = {{"name", "text"}};
const unsigned PLUGIN_INPUTS_COUNT = 1;
const char PLUGIN_PARAMETERS[] = "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}";

/* Whether `word` is among the words of `text` that end before `before`. */
static bool has_word(struct text text, struct text word, const uint8_t *before) {
    struct text other;
    while (next_part(&text, ' ', &other) && other.data < before)
        if (same_text(word, other)) return true;
    return false;
}

/* Counts the distinct words of `text`, and those that are also in `among`. */
static void count_words(struct text text, struct text among, unsigned *words, unsigned *common) {
    struct text rest = text, word;
    while (next_part(&rest, ' ', &word)) {
        if (has_word(text, word, word.data)) continue;
        *words += 1;
        if (common) *common += has_word(among, word, among.data + among.length);
    }
}

static float overlap(struct text left, struct text right) {
    unsigned words = 0, common = 0;
    count_words(left, right, &words, &common);
    count_words(right, left, &words, 0);
    return words ? 2.0f * common / words : 0.0f;
}

bool plugin_configure(struct text parameters) {
    (void)parameters;
    return true;
}

float plugin_score(const struct row *left, const struct row *right) {
    float best = NOTHING_TO_COMPARE;
    struct text ones = value(left, 0), one;
    while (next_part(&ones, ALTERNATIVE, &one)) {
        struct text others = value(right, 0), other;
        while (next_part(&others, ALTERNATIVE, &other)) {
            float score = overlap(one, other);
            if (score > best) best = score;
        }
    }
    return best;
}
