/** Where a programming language keeps its prose: enough to find comments and strings, no more. */
export interface CodeSyntax {
  readonly line: readonly string[];
  readonly block: readonly (readonly [open: string, close: string])[];
  /** Delimiters of strings; one of three characters spans lines. */
  readonly strings: readonly string[];
}

const c: CodeSyntax = { line: ["//"], block: [["/*", "*/"]], strings: ['"', "'"] };
const script: CodeSyntax = { ...c, strings: ['"', "'", "`"] };
const rust: CodeSyntax = { ...c, strings: ['"'] }; // 'a is a lifetime
const hash: CodeSyntax = { line: ["#"], block: [], strings: ['"', "'"] };
const python: CodeSyntax = { ...hash, strings: ['"""', "'''", '"', "'"] };
const dashes: CodeSyntax = { line: ["--"], block: [["/*", "*/"]], strings: ["'"] };
const lua: CodeSyntax = { line: ["--"], block: [["--[[", "]]"]], strings: ['"', "'"] };
const haskell: CodeSyntax = { line: ["--"], block: [["{-", "-}"]], strings: ['"'] };
const lisp: CodeSyntax = { line: [";"], block: [["#|", "|#"]], strings: ['"'] };
const percent: CodeSyntax = { line: ["%"], block: [], strings: ['"'] };
const style: CodeSyntax = { line: [], block: [["/*", "*/"]], strings: [] };
const powershell: CodeSyntax = { ...hash, block: [["<#", "#>"]] };

const syntaxes: Readonly<Record<string, CodeSyntax>> = {
  javascript: script,
  typescript: script,
  javascriptreact: script,
  typescriptreact: script,
  go: { ...c, strings: ['"', "`"] },
  rust,
  swift: { ...rust, strings: ['"""', '"'] },
  kotlin: { ...rust, strings: ['"""', '"'] },
  scala: { ...rust, strings: ['"""', '"'] },
  php: { ...c, line: ["//", "#"] },
  jsonc: { ...c, strings: [] },
  json: { line: [], block: [], strings: ['"'] },
  python,
  toml: python,
  julia: { ...python, block: [["#=", "=#"]] },
  elixir: python,
  ruby: hash,
  perl: hash,
  r: hash,
  shellscript: hash,
  dockerfile: hash,
  makefile: hash,
  yaml: hash,
  dockercompose: hash,
  properties: hash,
  coffeescript: hash,
  powershell,
  sql: dashes,
  ada: dashes,
  lua,
  haskell,
  elm: haskell,
  lisp,
  clojure: lisp,
  scheme: lisp,
  ini: { line: [";", "#"], block: [], strings: [] },
  erlang: percent,
  matlab: percent,
  css: style,
  scss: { ...style, line: ["//"] },
  less: { ...style, line: ["//"] },
};

/** A language not listed is taken for one of C's many children. */
export function codeSyntaxOf(languageId: string): CodeSyntax {
  return Object.hasOwn(syntaxes, languageId) ? syntaxes[languageId]! : c;
}
