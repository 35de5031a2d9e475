// The texts of the page, as the server sends them, with numbers in the reader's language.

let texts: Record<string, string> = {};
let language = "en";

export function useTexts(all: Record<string, string>, code: string): void {
  texts = all;
  language = code;
}

/** A text; `{name}` in it is filled in. */
export function t(name: string, values: Record<string, string | number> = {}): string {
  const text = texts[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, key: string) => {
    const value = values[key];
    if (value === undefined) return whole;
    return typeof value === "number" ? count(value) : value;
  });
}

export function count(value: number): string {
  return value.toLocaleString(language);
}

export function decimal(value: number, digits: number): string {
  return value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Bits with their sign. */
export function signed(value: number): string {
  const digits = decimal(Math.abs(value), 1);
  return value < 0 ? `−${digits}` : `+${digits}`;
}

export function money(value: number): string {
  return value.toLocaleString(language, { maximumFractionDigits: 2 });
}
