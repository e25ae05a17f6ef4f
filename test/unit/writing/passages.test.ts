import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { textFormats } from "../../../src/shared/textFormat";
import type { TextFormat } from "../../../src/shared/textFormat";
import { splitPassages } from "../../../src/writing/passages";
import type { PassagePiece } from "../../../src/writing/passageText";

// Thousands of texts go through; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

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
      { numRuns: 100 },
    );
  });

  it("gives any string back byte for byte", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        expect(joined(text, format)).toBe(text);
      }),
      { numRuns: 50 },
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
      { numRuns: 50 },
    );
  });

  it("takes an empty text", () => {
    expect(splitPassages("", format)).toEqual([]);
  });
});

// One realistic text for each format, and the prose that a model is to read in it.
const samples: Record<TextFormat, { text: string; prose: string[] }> = {
  markdown: {
    text: [
      "---",
      "title: Hello there",
      "---",
      "",
      "# How to install the tool {#top}",
      "",
      "[![build](https://x/y.svg)](https://x) ![badge](z.png)",
      "",
      "This paragraph was wrapped by hand at some seventy columns, with `inline",
      "code`, a [link](https://example.org/a_(b)) and **strong words**.  ",
      "After a hard break.",
      "",
      "> [!NOTE]",
      "> Quoted text goes here and it",
      "> goes on.",
      "",
      "- [ ] a task to be done soon",
      "- an item with two",
      "  lines of text",
      "  1) a nested item",
      "",
      "| a table | is left |",
      "|---|---|",
      "| a cell | alone |",
      "",
      "```js",
      "// not prose",
      "```",
      "",
      "    indented code here",
      "",
      "A second title of it",
      "====================",
      "",
      "<div>",
      "",
      "Prose in a block of HTML.",
      "",
      "</div>",
      "",
      "A term[^1] with a footnote and $a^2$.",
      "",
      "[^1]: The text of the footnote",
      "    goes on.",
      "",
      "[ref]: https://example.org 'Title'",
      "",
      "$$",
      "x^2",
      "$$",
      "",
      "::: warning",
      "Be careful with this one.",
      ":::",
      "",
      "Best regards,",
      "Anna",
    ].join("\n"),
    prose: [
      "How to install the tool",
      "This paragraph was wrapped by hand at some seventy columns, with `inline code`, a [link](https://example.org/a_(b)) and **strong words**.",
      "After a hard break.",
      "Quoted text goes here and it goes on.",
      "a task to be done soon",
      "an item with two lines of text",
      "a nested item",
      "A second title of it",
      "Prose in a block of HTML.",
      "A term[^1] with a footnote and $a^2$.",
      "The text of the footnote goes on.",
      "Be careful with this one.",
    ],
  },
  plain: {
    text: [
      "Subject: Delay",
      "",
      "Hi Bob,",
      "",
      "I wanted to tell you that the shipment which you ordered last week has",
      "been delayed, and that it will arrive on Thursday at the earliest.",
      "",
      "Here is what happened:",
      " - the truck broke down near Lyon and had to be",
      "   towed to a garage",
      " - the replacement came late",
      "",
      "42 Main Street",
      "Springfield",
      "",
      "Please call me.",
      "",
      "Best regards,",
      "Anna Smith",
      "-- ",
      "Anna Smith, who sells things",
      "",
      "On Mon, 3 Nov 2025 at 10:00, Bob wrote:",
      "> where is it",
      "",
    ].join("\r\n"),
    prose: [
      "I wanted to tell you that the shipment which you ordered last week has been delayed, and that it will arrive on Thursday at the earliest.",
      "Here is what happened:",
      "the truck broke down near Lyon and had to be towed to a garage",
      "the replacement came late",
      "Please call me.",
    ],
  },
  latex: {
    text: [
      "\\documentclass{article}",
      "% the preamble is not prose",
      "\\begin{document}",
      "\\section{Introduction}",
      "We present a method that is fast, see~\\cite{foo} and",
      "Section~\\ref{sec:x}. It costs \\$5 and $x^2$.",
      "",
      "% a comment of the author",
      "\\begin{itemize}",
      "  \\item First thing to say",
      "\\end{itemize}",
      "\\begin{equation}",
      "E = mc^2",
      "\\end{equation}",
      "where $m$ is the mass.",
      "\\[ a",
      "b \\]",
      "\\end{document}",
      "",
    ].join("\n"),
    prose: [
      "We present a method that is fast, see~\\cite{foo} and Section~\\ref{sec:x}. It costs \\$5 and $x^2$.",
      "First thing to say",
      "where $m$ is the mass.",
    ],
  },
  html: {
    text: [
      "<!doctype html>",
      "<html><head><title>A title of it</title><style>a{}</style></head>",
      "<h1>Welcome to our site</h1>",
      '<p class="x">This is <b>bold</b> text with a <a href="/x">link</a>',
      "   and more.</p>",
      "<ul><li>One item here</li></ul>",
      '<script>var x = "hello there";</script>',
      "Loose text &amp; more.",
      "<pre>keep this one</pre>",
      "<!-- a comment -->",
      "</html>",
    ].join("\n"),
    prose: [
      "Welcome to our site",
      'This is <b>bold</b> text with a <a href="/x">link</a> and more.',
      "One item here",
      "Loose text &amp; more.",
    ],
  },
  asciidoc: {
    text: [
      "= A title of the document",
      ":toc:",
      "",
      "This is the first paragraph of the",
      "document, wrapped.",
      "",
      "* a bullet",
      "NOTE: Take care of this.",
      "",
      "[source,java]",
      "----",
      "some code here;",
      "----",
      "",
      "====",
      "An example inside here.",
      "====",
      "term one:: its definition",
      "image::foo.png[]",
    ].join("\n"),
    prose: [
      "This is the first paragraph of the document, wrapped.",
      "a bullet",
      "Take care of this.",
      "An example inside here.",
      "its definition",
    ],
  },
  restructuredtext: {
    text: [
      "A title of it",
      "=============",
      "",
      "This is a paragraph that",
      "is wrapped::",
      "",
      "    a literal block",
      "",
      "The next one, see :ref:`foo`.",
      "",
      ".. note::",
      "   This is a note.",
      "",
      "   Still the note.",
      "",
      "- a bullet goes",
      "  on here",
      "- another bullet",
      "",
      ":field: a value",
    ].join("\n"),
    prose: [
      "This is a paragraph that is wrapped",
      "The next one, see :ref:`foo`.",
      "a bullet goes on here",
      "another bullet",
    ],
  },
  code: {
    text: [
      "// Copyright 2024 Foo",
      'import x from "y"; // a comment after code stays',
      "/**",
      " * Reads the whole file into memory, which is fine",
      " * for small ones.",
      " *",
      " * - first bullet",
      " * ```ts",
      " * foo bar",
      " * ```",
      " * @param name the name of it",
      " */",
      "\t// This loop is a mess and somebody",
      "\t// should fix it.",
      "\t// TODO(marta): split it up",
      "\t// const old = 1;",
      "\t/* a block comment */",
      '\tconst s = "// not a comment";',
      "def f(x):",
      '    """Return what was asked for.',
      "",
      "    Args:",
      "        x: the thing itself",
      '    """',
      "#include <stdio.h>",
    ].join("\n"),
    prose: [
      "Reads the whole file into memory, which is fine for small ones.",
      "first bullet",
      "This loop is a mess and somebody should fix it.",
      "split it up",
      "a block comment",
      "Return what was asked for.",
    ],
  },
  commit: {
    text: [
      "fix(api): stop retrying when the server says no",
      "",
      "The client retried forever, and that has annoyed a lot of people who",
      "were on metered connections.",
      "",
      "- add a limit",
      "- say so in the log and",
      "  in the docs",
      "",
      "    $ make test",
      "",
      "Fixes #12",
      "Signed-off-by: A B <a@b.c>",
      "# Please enter the commit message",
      "# ------------------------ >8 ------------------------",
      "diff --git a b",
    ].join("\n"),
    prose: [
      "stop retrying when the server says no",
      "The client retried forever, and that has annoyed a lot of people who were on metered connections.",
      "add a limit",
      "say so in the log and in the docs",
    ],
  },
};

describe.each(textFormats)("a realistic text in %s", (format) => {
  const { text, prose } = samples[format];

  it("is read as the prose that a person would point at", () => {
    expect(passagesOf(text, format).map((passage) => passage.prose)).toEqual(prose);
  });

  it.each(["\n", "\r\n", "\r"])("keeps its other bytes and line ends (%j) in a rewrite", (end) => {
    const source = text.replace(/\r\n|\n/gu, end);
    const longer = (old: string) =>
      `${old.replace(/[.:]$/u, "")} and much more of it than before, so that lines overflow.`;
    const rewritten = splitPassages(source, format)
      .map((piece) => (piece.kind === "passage" ? piece.assemble(longer(piece.prose)) : piece.text))
      .join("");
    // The rewrite stands where the source stood, and is read as the same passages again.
    expect(passagesOf(rewritten, format).map((passage) => passage.prose)).toEqual(
      prose.map(longer),
    );
    expect(new Set(rewritten.match(/\r\n|\n|\r/gu))).toEqual(new Set([end]));
    const verbatim = (whole: string) =>
      splitPassages(whole, format)
        .filter((piece) => piece.kind === "verbatim")
        .map((piece) => piece.text);
    expect(verbatim(rewritten)).toEqual(verbatim(source));
  });
});

describe("assemble", () => {
  const only = (text: string, format: TextFormat = "markdown") => {
    const [passage] = passagesOf(text, format);
    if (passage === undefined) throw new Error("no passage");
    return passage;
  };

  it("wraps to the widest line of a passage that was wrapped by hand", () => {
    const text = "> one two three four five\n> six seven eight nine ten\n> eleven";
    expect(only(text).assemble("aaaa bbbb cccc dddd eeee ffff gggg hhhh")).toBe(
      "aaaa bbbb cccc dddd eeee\n> ffff gggg hhhh",
    );
  });

  it("leaves a long single line single", () => {
    const text = `${"word ".repeat(60)}end`;
    expect(only(text).assemble("other ".repeat(80))).toBe("other ".repeat(80).trim());
  });

  it("wraps a single line in a document that is wrapped by hand, and aligns it", () => {
    const text = `- short item\n\n${"aaaa bbbb cccc dddd\n".repeat(2)}`;
    expect(only(text).assemble("one two three four five")).toBe("one two three\n  four five");
  });

  it("keeps one sentence a line", () => {
    const text = "The first sentence.\nThe second one is much longer than that.\nThe third.";
    expect(only(text).assemble("One. Two is here. Three.")).toBe("One.\nTwo is here.\nThree.");
  });

  it("never begins a line with what Markdown would read as a block", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom("-", "+", "*", "1.", "10)", "#", ">", "=", "---", "word", "`a b`"),
          {
            minLength: 1,
            maxLength: 30,
          },
        ),
        (words) => {
          const prose = `A ${words.join(" ")} end`;
          const text = only("some words here\nand some more\nof them").assemble(prose);
          expect(passagesOf(text, "markdown").map((passage) => passage.prose)).toEqual([prose]);
        },
      ),
    );
  });

  it("joins the lines of a rewrite", () => {
    expect(only("One line.").assemble("Two\nlines.\n")).toBe("Two lines.");
  });
});
