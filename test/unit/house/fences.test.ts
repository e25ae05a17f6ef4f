import { ESLint } from "eslint";
import tseslint from "typescript-eslint";
import { describe, expect, it } from "vitest";
import { fences } from "../../../eslint.fences.mjs";

const rule = "@typescript-eslint/no-restricted-imports";

/** The fences alone: with the whole configuration each text would need the types of the whole project. */
const eslint = new ESLint({
  overrideConfigFile: true,
  overrideConfig: [
    {
      files: ["**/*.ts"],
      languageOptions: { parser: tseslint.parser as never },
      plugins: { "@typescript-eslint": tseslint.plugin as never },
    },
    ...(fences as never[]),
  ],
});

async function reports(filePath: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath });
  return result!.messages.map((message) => message.message);
}

const pure = "works on what it is given and touches neither machine nor editor";
const engine = "runs the model in a process of its own, without an editor";
const host =
  "runs in the extension host and reaches the engine over its channel, started by file path";
const page = "is a page: it asks the host by messages";
const cli = "is the engine without an editor";
const agreed = "is what every process agrees on";
const wiring = "builds the host's parts and wires them";

/** File, what it imports, and the end of the report's message; every ban of every room once. */
const forbidden: [file: string, source: string, message: string][] = [
  ...["steering", "graph", "writing", "engine", "host"].map((room): [string, string, string] => [
    "src/shared/a.ts",
    `../${room}/b`,
    `src/shared ${agreed}; it must not import src/${room}.`,
  ]),
  ["src/shared/a.ts", "../../webview/b", `src/shared ${agreed}; it must not import webview.`],
  ["src/shared/a.ts", "../../cli/b", `src/shared ${agreed}; it must not import cli.`],
  ["src/shared/a.ts", "../extension", `src/shared ${agreed}; it must not import src/extension.`],
  ["src/shared/a.ts", "vscode", "src/shared imports no library but valibot"],
  ["src/shared/a.ts", "node:fs", "src/shared imports no library but valibot"],
  ["src/shared/a.ts", "micromark", "src/shared imports no library but valibot"],

  ...["graph", "writing", "engine", "host", "extension"].map((room): [string, string, string] => [
    "src/steering/a.ts",
    `../${room}/b`,
    `src/steering ${pure}; it must not import src/${room}.`,
  ]),
  ["src/steering/a.ts", "../../webview/b", `src/steering ${pure}; it must not import webview.`],
  ["src/steering/a.ts", "../../cli/b", `src/steering ${pure}; it must not import cli.`],
  ["src/steering/a.ts", "vscode", "Only src/host and src/extension.ts import vscode"],
  ["src/steering/a.ts", "fs/promises", "src/steering runs without Node"],

  [
    "src/graph/deep/a.ts",
    "../../steering/b",
    `src/graph ${pure}; it must not import src/steering, apart from types.`,
  ],
  ...["writing", "engine", "host", "extension"].map((room): [string, string, string] => [
    "src/graph/a.ts",
    `../${room}/b`,
    `src/graph ${pure}; it must not import src/${room}.`,
  ]),
  ["src/graph/a.ts", "../../webview/b", `src/graph ${pure}; it must not import webview.`],
  ["src/graph/a.ts", "../../cli/b", `src/graph ${pure}; it must not import cli.`],
  ["src/graph/a.ts", "vscode", "Only src/host and src/extension.ts import vscode"],
  ["src/graph/a.ts", "node:path", "src/graph runs without Node"],

  [
    "src/writing/a.ts",
    "../steering/b",
    `src/writing ${pure}; it must not import src/steering, apart from types.`,
  ],
  ...["graph", "engine", "host", "extension"].map((room): [string, string, string] => [
    "src/writing/a.ts",
    `../${room}/b`,
    `src/writing ${pure}; it must not import src/${room}.`,
  ]),
  ["src/writing/a.ts", "../../webview/b", `src/writing ${pure}; it must not import webview.`],
  ["src/writing/a.ts", "../../cli/b", `src/writing ${pure}; it must not import cli.`],
  ["src/writing/a.ts", "vscode", "Only src/host and src/extension.ts import vscode"],
  ["src/writing/a.ts", "crypto", "src/writing runs without Node"],

  ["src/engine/a.ts", "../host/b", `src/engine ${engine}; it must not import src/host.`],
  ["src/engine/a.ts", "../extension", `src/engine ${engine}; it must not import src/extension.`],
  ["src/engine/a.ts", "../../webview/b", `src/engine ${engine}; it must not import webview.`],
  ["src/engine/a.ts", "../../cli/b", `src/engine ${engine}; it must not import cli.`],
  ["src/engine/a.ts", "vscode", "Only src/host and src/extension.ts import vscode"],
  ["src/engine/session.ts", "../host/b", `src/engine ${engine}; it must not import src/host.`],

  ...["steering", "graph", "writing", "engine"].map((room): [string, string, string] => [
    "src/host/a.ts",
    `../${room}/b`,
    `src/host ${host}; it must not import src/${room}.`,
  ]),
  ["src/host/a.ts", "../extension", `src/host ${host}; it must not import src/extension.`],
  ["src/host/a.ts", "../../webview/b", `src/host ${host}; it must not import webview.`],
  ["src/host/a.ts", "../../cli/b", `src/host ${host}; it must not import cli.`],

  ...["steering", "graph", "writing", "engine"].map((room): [string, string, string] => [
    "src/extension.ts",
    `./${room}/b`,
    `src/extension ${wiring}; it must not import src/${room}.`,
  ]),
  ["src/extension.ts", "../webview/b", `src/extension ${wiring}; it must not import webview.`],
  ["src/extension.ts", "../cli/b", `src/extension ${wiring}; it must not import cli.`],

  ...["steering", "graph", "writing", "engine", "host", "extension"].map(
    (room): [string, string, string] => [
      "webview/a.ts",
      `../src/${room}/b`,
      `webview ${page}; it must not import src/${room}.`,
    ],
  ),
  ["webview/a.ts", "../cli/b", `webview ${page}; it must not import cli.`],
  ["webview/a.ts", "vscode", "Only src/host and src/extension.ts import vscode"],
  ["webview/a.ts", "node:os", "webview runs without Node"],

  ["cli/a.ts", "../src/host/b", `cli ${cli}; it must not import src/host.`],
  ["cli/a.ts", "../src/extension", `cli ${cli}; it must not import src/extension.`],
  ["cli/a.ts", "../webview/b", `cli ${cli}; it must not import webview.`],
  ["cli/a.ts", "vscode", "Only src/host and src/extension.ts import vscode"],

  ...[
    "src/steering/a.ts",
    "src/graph/a.ts",
    "src/writing/a.ts",
    "src/engine/tokenizer.ts",
    "src/host/a.ts",
    "src/extension.ts",
    "webview/a.ts",
    "cli/a.ts",
  ].map((file): [string, string, string] => [
    file,
    "onnxruntime-node",
    "Only src/engine/session.ts imports the runtime",
  ]),
];

const allowed: [file: string, sources: string[]][] = [
  ["src/shared/a.ts", ["valibot", "./b"]],
  ["src/steering/a.ts", ["../shared/b", "./b"]],
  ["src/graph/a.ts", ["../shared/b", "@bufbuild/protobuf"]],
  ["src/writing/a.ts", ["../shared/b", "mdast-util-from-markdown"]],
  [
    "src/engine/a.ts",
    ["../shared/b", "../steering/b", "../graph/b", "../writing/b", "./session", "node:fs"],
  ],
  ["src/engine/session.ts", ["onnxruntime-node", "../shared/b"]],
  ["src/host/a.ts", ["vscode", "../shared/b", "node:child_process", "./hostile"]],
  ["src/extension.ts", ["vscode", "./host/b", "./shared/b", "node:path"]],
  ["webview/a.ts", ["../src/shared/b", "./b", "@vscode/webview-ui-toolkit"]],
  [
    "cli/a.ts",
    ["../src/engine/b", "../src/graph/b", "../src/shared/b", "../src/writing/b", "node:util"],
  ],
];

describe("the import fences", () => {
  it.each(forbidden)("%s may not import %s", async (file, source, message) => {
    const found = await reports(file, `import { b } from "${source}";\nb();\n`);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  it.each(forbidden)("%s may not re-export from %s", async (file, source, message) => {
    const found = await reports(file, `export { b } from "${source}";\n`);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  it.each(allowed)("%s may import %j", async (file, sources) => {
    for (const source of sources) {
      expect(await reports(file, `import { b } from "${source}";\nb();\n`)).toEqual([]);
    }
  });

  it("lets types through where only arithmetic is fenced off", async () => {
    const code = 'import type { SiteHeads } from "../steering/siteHeads";\n';
    expect(await reports("src/graph/a.ts", code)).toEqual([]);
    expect(await reports("src/writing/a.ts", code)).toEqual([]);
    expect(await reports("src/host/a.ts", code)).toHaveLength(1);
  });

  it("are part of the configuration that `npm run lint` uses", async () => {
    const whole = new ESLint();
    for (const file of new Set([...forbidden, ...allowed].map(([name]) => name))) {
      const config = (await whole.calculateConfigForFile(file)) as ESLint.ConfigData;
      const alone = (await eslint.calculateConfigForFile(file)) as ESLint.ConfigData;
      expect(config.rules?.[rule], file).toEqual(alone.rules?.[rule]);
    }
  });
});
