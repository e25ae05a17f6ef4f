import fs from "node:fs";
import { installDependencies } from "./lib/dependencies.mjs";
import { requireNode } from "./lib/nodeVersion.mjs";
import { inRoot } from "./lib/root.mjs";
import { run } from "./lib/run.mjs";

// npm start: installs what is missing, and shows what the shipped model does to a short e-mail.
requireNode();
await installDependencies();
const { build } = await import("../esbuild.mjs");
await build();

const sample = inRoot("scripts", "sample.txt");
const tones = ["empathetic", "expert", "casual"];
const bold = (text) => (process.stdout.isTTY ? `\x1b[1m${text}\x1b[0m` : text);
let failed = false;

console.log(`\n${bold("Before")}\n\n${indented(fs.readFileSync(sample, "utf8"))}`);
for (const tone of tones) await show(tone);
console.log(
  "Next: `npm run vscode` opens VS Code with the extension: select some text and choose\n" +
    '"Rewrite as..." from its context menu. `npm run -s rewrite -- --help` says what the command line can do.',
);
process.exitCode = failed ? 1 : 0;

async function show(tone) {
  console.log(bold(`More ${tone}`));
  const { code, stdout, output } = await run(
    process.execPath,
    [inRoot("dist", "cli", "rewrite.js"), "--promote", `${tone}=1`, "--json", sample],
    { quiet: true },
  );
  // 3: nothing passed the checks, so the text stayed; that is an answer too.
  if (code !== 0 && code !== 3) {
    failed = true;
    console.log(`  ${output.trim()}\n`);
    return;
  }
  const result = JSON.parse(stdout);
  console.log(`\n${indented(result.text)}`);
  console.log(toneBars(result.passages, tone));
  console.log(facts(result));
}

/** What the classifier reads, before and after, over all passages by their length. */
function toneBars(passages, promoted) {
  const names = Object.keys(passages[0]?.tones.before ?? {});
  const width = Math.max(...names.map((name) => name.length));
  return names
    .map((name) => {
      const before = weightedMean(passages, ({ tones, before }) => [tones.before[name], before]);
      const after = weightedMean(passages, ({ tones, after }) => [tones.after[name], after]);
      const mark = name === promoted ? " <" : "";
      return `  ${name.padEnd(width)}  ${bar(before)} -> ${bar(after)}${mark}`;
    })
    .join("\n");
}

function weightedMean(passages, part) {
  const parts = passages.map(part);
  const length = parts.reduce((sum, [, text]) => sum + text.length, 0);
  return parts.reduce((sum, [value, text]) => sum + value * text.length, 0) / Math.max(length, 1);
}

function bar(value) {
  const full = Math.round(value * 12);
  const percent = `${Math.round(value * 100)} %`.padStart(5);
  return `${"█".repeat(full)}${"░".repeat(12 - full)} ${percent}`;
}

function facts({ passages, seconds, tokens, tokensPerSecond }) {
  const units = passages.flatMap((passage) => passage.units);
  const changed = units.filter((unit) => unit.changed);
  const names = changed[0]?.checks.map((check) => check.name) ?? [];
  const checks = names.map((name) => {
    const passed = changed.filter((unit) => unit.checks.find((one) => one.name === name)?.passed);
    return `${name} ${passed.length}/${changed.length}`;
  });
  return [
    `\n  ${changed.length} of ${units.length} parts rewritten; a part for which nothing passes the checks stays as it was.`,
    ...(checks.length > 0 ? [`  checks passed: ${checks.join(", ")}`] : []),
    `  ${seconds.toFixed(1)} s, ${tokens} tokens at ${Math.round(tokensPerSecond)} a second\n`,
  ].join("\n");
}

function indented(text) {
  const lines = text.trimEnd().split(/\r?\n/).flatMap(wrapped);
  return `${lines.map((line) => `  ${line}`).join("\n")}\n`;
}

/** Cuts a line between words, at 90 characters. */
function wrapped(line) {
  return line.match(/.{1,90}(?:\s|$)|\S+/g)?.map((part) => part.trimEnd()) ?? [""];
}
