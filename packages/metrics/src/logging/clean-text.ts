// Control characters of ASCII and Latin-1, line and paragraph separators, and what turns the direction of text round: a line of a log
// must not end where a client wants it to, move a terminal's cursor, or read other than it is.
// oxlint-disable-next-line no-control-regex -- they are what it is about
const HARMFUL = /[\u0000-\u001F\u007F-\u009F\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/g;

/** What is left of longer text. */
const MAX_LENGTH = 2_048;

/** Text as it may stand in a log: at most 2,048 characters, with `%XX` or `\uXXXX` in place of those that do harm there. */
export function cleanText(text: string): string {
  const short = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return short.replace(HARMFUL, (character) => {
    const code = character.charCodeAt(0);
    const hex = code.toString(16).toUpperCase();
    return code < 0x100 ? `%${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
  });
}
