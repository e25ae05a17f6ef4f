/** How a text is marked up, so that only its prose is rewritten. */
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
