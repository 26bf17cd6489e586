import { cleanText } from '@cachewarp/metrics';

const ASCII = /^[ -~]*$/;
// East Asian wide and fullwidth (Unicode TR 11), and emoji shown as pictures: two columns.
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}|\uFE0F/u;
// What is only marks and joiners takes no column, and could be made to pile up: it is left out.
const INVISIBLE = /^[\p{M}\p{Cf}]+$/u;
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Columns that a text takes in a terminal, when it is harmless. */
export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** Text for a terminal in exactly so many columns: control characters made harmless, cut with … where it is longer. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const clipped = clip(text, width);
  const room = ' '.repeat(Math.max(0, width - widthOf(clipped)));
  return align === 'left' ? clipped + room : room + clipped;
}

/** Text for a terminal in at most so many columns: control characters made harmless, cut with … where it is longer. */
export function clip(text: string, width: number): string {
  const clean = harmless(text);
  if (width <= 0) return '';
  if (ASCII.test(clean)) return clean.length <= width ? clean : `${clean.slice(0, width - 1)}…`;
  if (widthOf(clean) <= width) return clean;
  let cut = '';
  let taken = 0;
  for (const { segment } of segmenter.segment(clean)) {
    const next = graphemeWidth(segment);
    if (taken + next > width - 1) break;
    cut += segment;
    taken += next;
  }
  return `${cut}…`;
}

/** Text that moves no cursor, rings no bell and reads in the order that it is written in. */
export function harmless(text: string): string {
  if (ASCII.test(text)) return text;
  let kept = '';
  for (const { segment } of segmenter.segment(cleanText(text))) if (graphemeWidth(segment) > 0) kept += segment;
  return kept;
}

function graphemeWidth(segment: string): number {
  if (INVISIBLE.test(segment)) return 0;
  return WIDE.test(segment) ? 2 : 1;
}
