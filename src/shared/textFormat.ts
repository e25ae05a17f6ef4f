/** The kinds of text that the passage splitter knows. */
export const textFormats = [
  "markdown",
  "plain",
  "latex",
  "html",
  "asciidoc",
  "restructuredtext",
  "code",
  "commit",
] as const;

export type TextFormat = (typeof textFormats)[number];

export function isTextFormat(value: unknown): value is TextFormat {
  return typeof value === "string" && (textFormats as readonly string[]).includes(value);
}
