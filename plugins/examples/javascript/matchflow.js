// Turns a function that scores one pair into a matchflow scorer. Part of the plug-in.
//
// A scorer is called with text columns in Arrow's layout. Here they become rows: an object with a text for each input.

const NO_PARAMETERS = { type: "object", properties: {}, additionalProperties: false };

// The values of a cell: usually one, several if the field has alternatives.
export const alternatives = (cell) => cell.split("\u001f").filter((value) => value.trim() !== "");

// `inputs`: names, or { name, kind } if the text should be cleaned as `kind`.
// `parameters`: their JSON Schema; `configure(parameters)` throws for errors that the schema cannot express.
export function scorer({ name, version, summary, inputs, score, explain, parameters = NO_PARAMETERS, configure }) {
  const wanted = inputs.map((input) => (typeof input === "string" ? { name: input, kind: "text" } : input));
  const names = wanted.map((input) => input.name);
  let given = {};
  return {
    describe: () => ({
      name,
      version,
      summary,
      inputs: wanted.map((input) => ({ ...input, required: true, rarity: false })),
      parameters: JSON.stringify(parameters),
    }),

    configure(text) {
      try {
        const parsed = JSON.parse(text);
        configure?.(parsed);
        given = parsed;
      } catch (error) {
        throw String(error.message ?? error);
      }
    },

    score(left, right, leftIndex, rightIndex, wantsEvidence) {
      const [ones, others] = [rows(names, left), rows(names, right)];
      const count = leftIndex.length;
      const values = new Float32Array(count);
      const compared = new Uint8Array(count).fill(1);
      const told = [];
      for (let pair = 0; pair < count; pair += 1) {
        const [one, other] = [ones[leftIndex[pair]], others[rightIndex[pair]]];
        const value = score(one, other, given) ?? null;
        values[pair] = value ?? 0;
        compared[pair] = value === null ? 0 : 1;
        if (wantsEvidence && explain) told.push(value === null ? "" : JSON.stringify(explain(one, other, given)));
      }
      return { values, compared, evidence: wantsEvidence && explain ? texts(told) : undefined,
        information: new Float32Array() };
    },
  };
}

function rows(names, columns) {
  const values = columns.map(column);
  const count = values[0]?.length ?? 0;
  return Array.from({ length: count }, (_, row) => Object.fromEntries(values.map((texts, at) => [names[at], texts[row]])));
}

function column({ offsets, data, valid }) {
  const texts = [];
  for (let row = 0; row + 1 < offsets.length; row += 1) {
    const missing = valid.length > 0 && valid[row] === 0;
    texts.push(missing ? "" : decode(data, offsets[row], offsets[row + 1]));
  }
  return texts;
}

function texts(values) {
  const parts = values.map(encode);
  const offsets = new Uint32Array(values.length + 1);
  parts.forEach((part, at) => (offsets[at + 1] = offsets[at] + part.length));
  const data = new Uint8Array(offsets[values.length]);
  parts.forEach((part, at) => data.set(part, offsets[at]));
  return { offsets, data };
}

// Hand-written UTF-8: small engines have no TextDecoder.
export function decode(data, start = 0, end = data.length) {
  let text = "";
  for (let at = start; at < end; ) {
    const first = data[at];
    const more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    let code = more === 0 ? first : first & (0x3f >> more);
    for (let next = 1; next <= more; next += 1) code = (code << 6) | (data[at + next] & 0x3f);
    text += String.fromCodePoint(code);
    at += 1 + more;
  }
  return text;
}

export function encode(text) {
  const bytes = [];
  for (const character of text) {
    const code = character.codePointAt(0);
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    else {
      bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    }
  }
  return Uint8Array.from(bytes);
}
