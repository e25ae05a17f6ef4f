import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { textFormats } from "../../../src/shared/textFormat";
import type { TextFormat } from "../../../src/shared/textFormat";
import { splitPassages } from "../../../src/writing/passages";
import type { PassagePiece } from "../../../src/writing/passageText";

function passagesOf(text: string, format: TextFormat): PassagePiece[] {
  return splitPassages(text, format).filter((piece) => piece.kind === "passage");
}

function joined(text: string, format: TextFormat): string {
  return splitPassages(text, format)
    .map((piece) => (piece.kind === "passage" ? piece.assemble(piece.prose) : piece.text))
    .join("");
}

// Fragments that begin, continue or break blocks in one format or another.
const fragment = fc.constantFrom(
  ..."# |## Title #|- |* |1. |10) |> |> > |```|~~~js|    code|\t|---|===|***|| a | b ||| - | - |||[^1]: |[ref]: http://x.y|[a](b)|![i](j)|`c`|``|<div>|</div>|<p>|<br>|<!-- c -->|<a href='x'>|$$|$x$|\\begin{itemize}|\\end{itemize}|\\item |\\section{A}|% c|.. note::|::|====|----|NOTE: |:a: b|+++|-- |On Mon X wrote:|Signed-off-by: A|// |/* | * |*/|{{x}}|{% if %}|:::|[!NOTE]|- [ ] |- [x] |a|word|two words|A sentence. Another one.|ends hard  |back\\|**b**|*e|日本語のテキスト。|emoji 👩‍👩‍👧 here|שלום עולם|مرحبا|é|\ufeff|\u0000|\u2028|\u00a0".split(
    /(?<!\|)\|(?!\|)/u,
  ),
);
const lineEnd = fc.constantFrom("\n", "\r\n", "\r", "\n\n", "\r\n\r\n", "", " ", "  \n");
const document = fc
  .array(fc.tuple(fragment, lineEnd), { maxLength: 40 })
  .map((parts) => parts.flat().join(""));

describe.each(textFormats)("splitPassages(%s)", (format) => {
  it("gives any text of markup fragments back byte for byte", () => {
    fc.assert(
      fc.property(document, (text) => {
        expect(joined(text, format)).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  it("gives any string back byte for byte", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        expect(joined(text, format)).toBe(text);
      }),
      { numRuns: 200 },
    );
  });

  it("tells the model nothing but one line, and says where the passage stands", () => {
    fc.assert(
      fc.property(document, (text) => {
        for (const passage of passagesOf(text, format)) {
          expect(passage.prose).not.toMatch(/[\r\n]/u);
          expect(passage.prose).toBe(passage.prose.trim());
          expect(text.startsWith(passage.text, passage.start)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("takes an empty text", () => {
    expect(splitPassages("", format)).toEqual([]);
  });
});
