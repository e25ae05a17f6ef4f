/** Where a text is in a document that people go on editing: pure arithmetic on offsets. */
export interface Anchor {
  /** In UTF-16 units from the document's start. */
  readonly offset: number;
  readonly length: number;
}

/** One change of a document, as the editor reports it. */
export interface TextChange {
  readonly rangeOffset: number;
  readonly rangeLength: number;
  readonly text: string;
}

/** How far from where it should be a text is looked for. */
const nearby = 20_000;

/** Follows changes before the anchored text. A change inside it leaves it to `findNear`. */
export function shiftAnchor(anchor: Anchor, change: TextChange): Anchor {
  if (change.rangeOffset + change.rangeLength > anchor.offset) return anchor;
  return { ...anchor, offset: anchor.offset + change.text.length - change.rangeLength };
}

/**
 * The offset of `text` in `current`: where it is expected, or else the one place near there that
 * holds it. Undefined if there is none, or if there are several, since then it is anybody's guess.
 */
export function findNear(current: string, expected: number, text: string): number | undefined {
  if (text === "") return undefined;
  if (current.startsWith(text, expected)) return expected;
  const start = Math.max(0, expected - nearby);
  const window = current.slice(start, expected + text.length + nearby);
  const first = window.indexOf(text);
  if (first < 0 || window.indexOf(text, first + 1) >= 0) return undefined;
  return start + first;
}

/**
 * Finds all texts, each at its own place. Undefined if one cannot be found for sure or two of them
 * would overlap.
 */
export function findAll(
  current: string,
  anchors: readonly Anchor[],
  texts: readonly string[],
): Anchor[] | undefined {
  const found: Anchor[] = [];
  let end = 0;
  for (const [index, text] of texts.entries()) {
    const offset = findNear(current, anchors[index]!.offset, text);
    if (offset === undefined || offset < end) return undefined;
    found.push({ offset, length: text.length });
    end = offset + text.length;
  }
  return found;
}

/** Where the texts stand after all anchors' contents were replaced by them in one edit. */
export function afterReplacing(anchors: readonly Anchor[], texts: readonly string[]): Anchor[] {
  let moved = 0;
  return anchors.map(({ offset, length }, index) => {
    const text = texts[index]!;
    const anchor = { offset: offset + moved, length: text.length };
    moved += text.length - length;
    return anchor;
  });
}
