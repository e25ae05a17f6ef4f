/** The first and last line of the paragraph around a line; undefined on a blank line. */
export function paragraphAt(
  lineCount: number,
  isBlank: (line: number) => boolean,
  line: number,
): { readonly first: number; readonly last: number } | undefined {
  if (line < 0 || line >= lineCount || isBlank(line)) return undefined;
  let first = line;
  let last = line;
  while (first > 0 && !isBlank(first - 1)) first--;
  while (last < lineCount - 1 && !isBlank(last + 1)) last++;
  return { first, last };
}
