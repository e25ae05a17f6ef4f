import { columnsOf } from "./textLines";

// Code spans and link targets are not broken: a line end inside them is hard to read.
const word = /(?:`[^`]*`|\]\([^()\s]*\)|\S)+/gu;

/**
 * Lines of at most `width` columns, where words allow it.
 * @param firstColumn column at which the first line begins
 * @param prefix what will stand before each later line, counted in the width
 * @param unsafeStart words that no line may begin with, since they would be read as markup
 */
export function wrapProse(
  prose: string,
  width: number,
  firstColumn: number,
  prefix: string,
  unsafeStart?: RegExp,
): string[] {
  const prefixColumns = columnsOf(prefix);
  const lines: string[] = [];
  let line = "";
  let column = firstColumn;
  for (const [next] of prose.matchAll(word)) {
    const columns = columnsOf(next);
    if (line === "") {
      line = next;
      column += columns;
    } else if (column + 1 + columns <= width || unsafeStart?.test(next)) {
      line += " " + next;
      column += 1 + columns;
    } else {
      lines.push(line);
      line = next;
      column = prefixColumns + columns;
    }
  }
  lines.push(line);
  return lines;
}
