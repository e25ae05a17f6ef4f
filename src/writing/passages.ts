import type { TextFormat } from "../shared/textFormat";
import { asciidocRanges } from "./asciidocPassages";
import { codeRanges } from "./codePassages";
import { commitRanges } from "./commitPassages";
import { htmlRanges } from "./htmlPassages";
import { latexRanges } from "./latexPassages";
import { markdownRanges } from "./markdownPassages";
import { makePieces, proseOf } from "./passageText";
import type { PassageRange, Piece } from "./passageText";
import { plainRanges } from "./plainPassages";
import { isWorthRewriting } from "./proseTest";
import { restructuredTextRanges } from "./restructuredTextPassages";
import { mainLineEnd } from "./textLines";

const splitters: Record<TextFormat, (text: string) => PassageRange[]> = {
  markdown: markdownRanges,
  plain: plainRanges,
  latex: latexRanges,
  html: htmlRanges,
  asciidoc: asciidocRanges,
  restructuredtext: restructuredTextRanges,
  code: codeRanges,
  commit: commitRanges,
};

/**
 * A text as stretches to copy and passages to rewrite, in order. Joining the pieces' texts gives the
 * input back byte for byte, whatever it is.
 */
export function splitPassages(text: string, format: TextFormat): Piece[] {
  const ranges = splitters[format](text).filter((range) =>
    isWorthRewriting(proseOf(text, range.lines), range.role),
  );
  return makePieces(text, ranges, mainLineEnd(text));
}
