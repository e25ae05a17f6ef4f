import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { PassageResult } from "../../src/shared/engineProtocol";
import * as v from "valibot";
import { packFolder, root, temporaryFolder } from "./packForTests";
import { expectRefused, runProgram } from "./program";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const folder = temporaryFolder();
const cacheFolder = join(folder.path, "cache");
const cache = ["--cache", cacheFolder];
const promote = ["--promote", "empathetic"];
const short = "The parcel was sent back. Give us the right address by Friday.\n";

afterAll(() => folder.remove());

function file(name: string, contents: string | Uint8Array): string {
  const path = join(folder.path, name);
  writeFileSync(path, contents);
  return path;
}

describe("rewrite", () => {
  it("gives the result alone on standard output, and a report with --json", async () => {
    const args = [...promote, "--fidelity", "free", "--seed", "3", ...cache];
    const [report, plain] = await Promise.all([
      runProgram("rewrite", [...args, "--json", "--alternatives", "1", file("short.txt", short)]),
      runProgram("rewrite", [...args, "-"], short),
    ]);
    const json = JSON.parse(report.out);
    const Report = v.object({
      text: v.string(),
      passages: v.array(PassageResult),
      alternatives: v.array(v.string()),
      tokens: v.number(),
      tokensPerSecond: v.number(),
    });
    v.assert(Report, json);
    const [passage] = json.passages;
    expect(passage!.before).toBe(short.trim());
    expect(json.text).toBe(`${passage!.after}\n`);
    expect(Object.keys(passage!.tones.before)).toEqual(Object.keys(passage!.tones.after));
    expect(report.code).toBe(passage!.changed ? 0 : 3);
    // What stayed is said on the other stream, sentence by sentence.
    for (const { err } of [report, plain]) expect(err).toMatch(/^(Passage 1: .*\.\n)?$/);
    expect(plain.out).not.toBe("");
    expect(plain.out.endsWith("\n")).toBe(true);
    expect([0, 3]).toContain(plain.code);
  });

  it("gives a text back as it was, with code 3, when nothing in it may be rewritten", async () => {
    const code = "```js\r\nlet x = 1;\r\n```\r\n";
    const german = "Bitte beachten Sie, dass die Lieferung erst am kommenden Montag eintrifft.\n";
    const [onlyCode, foreign] = await Promise.all([
      runProgram("rewrite", [...promote, ...cache, file("code.md", code)]),
      runProgram("rewrite", [...promote, ...cache], german),
    ]);
    expect(onlyCode).toEqual({
      code: 3,
      out: code,
      err: expect.stringMatching(/^There is no prose in this text.*--format\.\n$/),
    });
    expect(foreign).toEqual({
      code: 3,
      out: german,
      err: expect.stringMatching(/^Passage 1: .*not trained for; --any-language overrides\.\n$/),
    });
  });

  it.each<[string, string[], RegExp]>([
    ["no tone", [], /Say which tone/],
    ["an unknown option", [...promote, "--strength", "2"], /--strength.*--help/],
    ["an option without its value", ["--promote"], /--promote.*--help/],
    ["a tone twice", [...promote, "--suppress", "empathetic"], /given twice/],
    ["a weight above 1", ["--promote", "empathetic=2"], /TONE=0\.\.1/],
    ["a weight that is none", ["--promote", "empathetic="], /TONE=0\.\.1/],
    ["an alpha that is no number", [...promote, "--alpha", "NaN"], /--alpha must be a number/],
    ["a negative alpha", [...promote, "--alpha=-1"], /--alpha must be 0 or more/],
    ["a layer depth above 1", [...promote, "--layer-depth", "1.5"], /from 0 to 1/],
    ["sites that are none", [...promote, "--sites", "12,"], /whole numbers with commas/],
    ["no sites", [...promote, "--sites", ""], /whole numbers with commas/],
    ["an unknown method", [...promote, "--method", "magic"], /one of relative, gradient/],
    ["no steps", [...promote, "--steps", "0"], /from 1 to 16/],
    ["a seed that is none", [...promote, "--seed", "1e30"], /whole number/],
    ["too hot", [...promote, "--temperature", "9"], /from 0 to 2/],
    ["too many alternatives", [...promote, "--alternatives", "9"], /from 0 to 8/],
    ["an unknown format", [...promote, "--format", "word"], /--format must be one of/],
    ["two files", [...promote, "a.txt", "b.txt"], /Name one file/],
  ])("refuses %s with code 2", async (_, args, says) => {
    expectRefused(await runProgram("rewrite", args, short), 2, says);
  });

  it("refuses what the model does not have with code 2, and says what it has", async () => {
    const cases: [string[], RegExp][] = [
      [["--promote", "sarcastic"], /no tone "sarcastic"; the tones are neutral, /],
      [["--promote", "constructor"], /no tone "constructor"; the tones are neutral, /],
      [[...promote, "--sites", "999"], /Layer 999 has no classifier.*choose from \d+, /],
      [[...promote, "--alpha", "50"], /Alpha 50 is above .*choose a smaller one/],
    ];
    for (const [args, says] of cases) {
      expectRefused(await runProgram("rewrite", [...args, ...cache], short), 2, says);
    }
  });

  it("refuses texts that cannot be rewritten with code 1", async () => {
    const latin = Buffer.from("Die Stra\xdfe ist gesperrt.", "latin1");
    const cases: [string[], string | Uint8Array, RegExp][] = [
      [[], "", /no text to rewrite/],
      [[], " \n\t\r\n", /no text to rewrite/],
      [[], "A sentence of five words. ".repeat(8000), /has 208000 characters; at most \d+/],
      [[join(folder.path, "none.txt")], "", /cannot be read .*Check the name/],
      [[folder.path], "", /cannot be read .*Check the name/],
    ];
    for (const [args, input, says] of cases) {
      expectRefused(await runProgram("rewrite", [...promote, ...cache, ...args], input), 1, says);
    }
    const wrong = /not valid UTF-8\. Convert it/;
    expectRefused(await runProgram("rewrite", [...promote, ...cache], latin), 2, wrong);
    const path = file("latin.txt", latin);
    expectRefused(await runProgram("rewrite", [...promote, ...cache, path]), 2, wrong);
    expectRefused(await runProgram("detect", [...cache], ""), 1, /no text/);
  });
});

describe("detect", () => {
  it("shows a bar a tone, or the numbers as JSON", async () => {
    const [bars, json] = await Promise.all([
      runProgram("detect", [...cache, file("warm.txt", "I'm so sorry this happened to you.")]),
      runProgram("detect", [...cache, "--json"], "I'm so sorry this happened to you."),
    ]);
    expect([bars.code, json.code, bars.err, json.err]).toEqual([0, 0, "", ""]);
    const reading = JSON.parse(json.out) as Record<string, number>;
    const lines = bars.out.trimEnd().split("\n");
    expect(lines).toHaveLength(Object.keys(reading).length);
    for (const [i, [tone, value]] of Object.entries(reading).entries()) {
      expect(lines[i]).toMatch(new RegExp(`^${tone} +[█░]{20} +${(100 * value).toFixed(0)} %$`));
    }
  });

  it("ends well when its reader leaves early, and badly on a full disk", async () => {
    const bundle = join(root, "dist/cli/detect.js");
    const early = spawn(process.execPath, [bundle, ...cache, join(folder.path, "warm.txt")]);
    early.stdout.destroy();
    const [code] = (await once(early, "exit")) as [number];
    expect(code).toBe(0);
    if (!existsSync("/dev/full")) return;
    const full = spawn(process.execPath, [bundle, ...cache, join(folder.path, "warm.txt")], {
      stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
    });
    let err = "";
    full.stderr!.on("data", (part: Buffer) => (err += part.toString()));
    const [failed] = (await once(full, "close")) as [number];
    expect({ failed, err }).toEqual({
      failed: 1,
      err: expect.stringMatching(/^The result could not be written \(.*\)\. Free some space\.\n$/),
    });
  });
});

describe("help", () => {
  it.each(["rewrite", "detect", "inspect"] as const)("of %s names every option", async (name) => {
    const { code, out, err } = await runProgram(name, ["--help"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain(`Usage: npm run -s ${name} -- [options]`);
    expect(out).toContain("Exit codes: 0 ");
    const source = readFileSync(join(root, `cli/${name}.ts`), "utf8");
    const used = [...source.matchAll(/\bgiven\.\w+\("([a-z-]+)"/g)].map(([, option]) => option);
    for (const option of used) expect(out).toContain(`--${option}`);
  });
});

describe("a model that is not as it should be", () => {
  const pack = join(folder.path, "pack");
  const model = ["--model", pack, ...cache];
  const names = readdirSync(packFolder);

  /** Restores the one file that a case has spoilt. */
  async function spoilt(name: string, spoil: (path: string) => void, says: RegExp, code = 1) {
    if (!existsSync(pack)) cpSync(packFolder, pack, { recursive: true });
    spoil(join(pack, name));
    expectRefused(await runProgram("detect", model, short), code, says);
    if (existsSync(join(packFolder, name))) copyFileSync(join(packFolder, name), join(pack, name));
  }

  it("is refused when its folder or a file is missing", async () => {
    const nowhere = ["--model", join(folder.path, "nowhere"), ...cache];
    expectRefused(
      await runProgram("rewrite", [...promote, ...nowhere], short),
      1,
      /no model folder/,
    );
    for (const name of ["pack.json", "model.onnx", "tokenizer.json", "tones.safetensors"]) {
      await spoilt(name, (path) => rmSync(path), new RegExp(`no file "${name}"; install`));
    }
  });

  it("is refused when a file is truncated or altered, though it was whole before", async () => {
    if (!existsSync(pack)) cpSync(packFolder, pack, { recursive: true });
    expect((await runProgram("detect", model, short)).code).toBe(0);
    for (const name of names.filter((each) => /^model\.onnx|^tones/.test(each))) {
      const { length } = readFileSync(join(pack, name));
      await spoilt(name, (path) => truncateSync(path, length - 1000), /bytes instead of .*install/);
      await spoilt(
        name,
        (path) => {
          const bytes = readFileSync(path);
          bytes[length >> 1]! ^= 1;
          writeFileSync(path, bytes);
        },
        /contents were altered; install the model again/,
      );
    }
    await spoilt("pack.json", (path) => truncateSync(path, 100), /not valid JSON; install/);
    await spoilt("pack.json", (path) => writeFileSync(path, "{}"), /pack\.json.* cannot be used/);
    await spoilt("pack.json", (path) => writeFileSync(path, '{"format": 2}'), /update Tonesteer/);
    expect((await runProgram("detect", model, short)).code).toBe(0);
  });
});

describe("a cache folder that cannot be used", () => {
  const warning = /^The patched model could not be kept in .*Free some space.*\.\n$/;

  it("costs a warning and no more: below a file", async () => {
    const inFile = join(file("file", ""), "cache");
    const { code, out, err } = await runProgram("detect", ["--json", "--cache", inFile], short);
    expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(warning) });
    expect(Object.keys(JSON.parse(out)).length).toBeGreaterThan(1);
  });

  it.runIf(process.platform === "linux" && process.getuid?.() === 0)(
    "costs a warning and no more: on a full and on a read-only disk",
    async ({ skip }) => {
      for (const options of ["size=64k", "ro"]) {
        const disk = join(folder.path, `disk-${options}`);
        mkdirSync(disk);
        try {
          execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", disk], { stdio: "pipe" });
        } catch {
          skip("no disk can be mounted here");
        }
        try {
          const { code, err } = await runProgram("detect", ["--cache", disk], short);
          expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(warning) });
        } finally {
          execFileSync("umount", [disk]);
        }
      }
    },
  );

  it("serves two engines that start at once, and a third from what they kept", async () => {
    const fresh = join(folder.path, "fresh", "cache");
    const detect = () => runProgram("detect", ["--json", "--cache", fresh], short);
    const [a, b] = await Promise.all([detect(), detect()]);
    expect([a.code, b.code, a.err, b.err]).toEqual([0, 0, "", ""]);
    expect(b.out).toBe(a.out);
    const kept = readdirSync(fresh).sort();
    expect(kept).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.graph$/), "verified-files.json"]);
    truncateSync(join(fresh, kept[0]!), 1000);
    expect(await detect()).toEqual(a);
    expect(await detect()).toEqual(a);
  });
});

describe("inspect", () => {
  const exportsFolder = join(root, "test/fixtures/architectures");
  const models = readdirSync(exportsFolder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".onnx"))
    .map((path) => join(exportsFolder, path));

  it("understands the shipped model and every export", async () => {
    expect(models.length).toBeGreaterThanOrEqual(13);
    for (const path of [packFolder, ...models]) {
      const { code, out, err } = await runProgram("inspect", ["--json", path]);
      expect({ path, code, err }).toEqual({ path, code: 0, err: "" });
      const report = JSON.parse(out);
      expect(report.sites.length, path).toBeGreaterThan(1);
      expect(report.sites.at(-1).site, path).toBeLessThan(report.blocks);
      expect(report.hidden, path).toBeGreaterThan(0);
    }
    const { code, out } = await runProgram("inspect", [packFolder]);
    expect(code).toBe(0);
    expect(out).toMatch(/^blocks +\d+$/m);
    expect(out).toMatch(/^ +0 +0\.00 +\S+; \S+$/m);
  });

  it("refuses what is no model of the kind, in words", async () => {
    const whole = readFileSync(models[0]!);
    const inspect = (path: string) => runProgram("inspect", [path]);
    expectRefused(await runProgram("inspect", []), 2, /Name one model file/);
    expectRefused(await inspect(join(folder.path, "none.onnx")), 1, /no model at .*Check the path/);
    expectRefused(await inspect(folder.path), 1, /no model at .*Check the path/);
    const broken: [string, string | Uint8Array][] = [
      ["empty.onnx", ""],
      ["text.onnx", "This is no model but a text about one.\n".repeat(50)],
      ["half.onnx", whole.subarray(0, whole.length >> 1)],
      [
        "altered.onnx",
        Buffer.concat([whole.subarray(0, 400), Buffer.alloc(400, 0xff), whole.subarray(800)]),
      ],
    ];
    for (const [name, bytes] of broken) {
      expectRefused(await inspect(file(name, bytes)), 1, /onnx/i);
    }
  });
});
