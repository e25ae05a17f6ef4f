import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openPack } from "../../../src/engine/packStore";
import { referencedFiles } from "../../../src/graph/modelFile";

const shipped = JSON.parse(readFileSync("models/smollm2-135m-rewriter/pack.json", "utf8"));
const tones = "models/smollm2-135m-rewriter/tones.safetensors";
const small = { "model.onnx": "graph", "tokenizer.json": "{}", "tokenizer_config.json": "{ }" };

/** A pack.json as a test spoils it: any of its parts may be set to anything or be left out. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Spoil = (pack: any) => void;

let root: string;
let folder: string;
let cacheFolder: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tonesteer-pack-"));
  folder = join(root, "pack");
  cacheFolder = join(root, "cache");
  mkdirSync(folder);
  for (const [name, text] of Object.entries(small)) writeFileSync(join(folder, name), text);
  copyFileSync(tones, join(folder, "tones.safetensors"));
  list(() => {});
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Writes pack.json for the files in the folder, then lets the test spoil it. */
function list(spoil: Spoil): void {
  const files: Record<string, unknown> = {};
  for (const name of [...Object.keys(small), "tones.safetensors"]) {
    const bytes = readFileSync(join(folder, name));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    files[name] = { bytes: bytes.length, sha256 };
  }
  const pack = structuredClone({ ...shipped, files });
  spoil(pack);
  writeFileSync(join(folder, "pack.json"), JSON.stringify(pack));
}

async function refusal(
  open: Promise<unknown> = openPack(folder),
): Promise<{ reason: string; message: string }> {
  const error = await open.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ name: "TonesteerError" });
  return error as { reason: string; message: string };
}

describe("openPack", () => {
  it("gives paths, the parsed pack and the steering weights", async () => {
    const open = await openPack(folder, { cacheFolder });
    expect(open.pack.name).toBe(shipped.name);
    expect([...open.files.keys()].sort()).toEqual([...Object.keys(small), "tones.safetensors"]);
    expect(readFileSync(open.path("model.onnx"), "utf8")).toBe("graph");
    expect(() => open.path("other.onnx")).toThrow(/no file "other.onnx"/);
    const heads = await open.heads();
    expect(heads.labels).toEqual(shipped.tones.map((tone: { id: string }) => tone.id));
    expect(await open.heads()).toBe(heads);
  });

  it("keeps keys it does not know", async () => {
    list((pack) => (pack.steering.novelty = pack.novelty = 1));
    const { pack } = await openPack(folder);
    expect(pack["novelty"]).toBe(1);
    expect(pack.steering["novelty"]).toBe(1);
  });

  it("takes a folder that is a link", async () => {
    symlinkSync(folder, join(root, "link"));
    expect((await openPack(join(root, "link"))).path("model.onnx")).not.toContain("link");
  });

  it("opens the shipped pack's pack.json", async () => {
    writeFileSync(join(folder, "pack.json"), JSON.stringify(shipped));
    expect((await refusal()).message).toMatch(/chat_template\.jinja.*install the model again/);
  });

  it("names a missing folder, a file in its place, and a missing file", async () => {
    const gone = await refusal(openPack(join(root, "nowhere")));
    expect(gone).toMatchObject({ reason: "modelMissing" });
    expect(gone.message).toContain("nowhere");
    expect(await refusal(openPack(join(folder, "model.onnx")))).toMatchObject({
      reason: "modelMissing",
    });
    rmSync(join(folder, "tokenizer.json"));
    expect(await refusal()).toMatchObject({
      reason: "modelMissing",
      message: expect.stringContaining('"tokenizer.json"'),
    });
    rmSync(join(folder, "pack.json"));
    expect(await refusal()).toMatchObject({
      reason: "modelMissing",
      message: expect.stringContaining('"pack.json"'),
    });
  });

  it("sees a truncated, a longer and an altered file", async () => {
    truncateSync(join(folder, "tones.safetensors"), 1000);
    expect((await refusal()).message).toMatch(/tones\.safetensors.*1000 bytes instead of/);
    copyFileSync(tones, join(folder, "tones.safetensors"));
    writeFileSync(join(folder, "model.onnx"), "graph and more");
    expect((await refusal()).message).toMatch(/model\.onnx.*14 bytes instead of 5/);
    writeFileSync(join(folder, "model.onnx"), "grapH");
    expect(await refusal()).toMatchObject({
      reason: "modelCorrupt",
      message: expect.stringMatching(/model\.onnx.*altered/),
    });
  });

  it.each(["../secret", "..", "a/b", "a\\b", "/etc/passwd", "C:x", ".hidden", "a..b", "a.", "a\0"])(
    "refuses the file name %j",
    async (name) => {
      list((pack) => (pack.files[name] = { bytes: 1, sha256: "0".repeat(64) }));
      expect(await refusal()).toMatchObject({
        reason: "modelCorrupt",
        message: expect.stringContaining("plain"),
      });
    },
  );

  it("refuses links and folders in place of files", async () => {
    const path = join(folder, "model.onnx");
    const outside = join(root, "outside");
    renameSync(path, outside);
    symlinkSync(outside, path);
    expect((await refusal()).message).toMatch(/"model\.onnx".*link/);
    rmSync(path);
    linkSync(outside, path);
    expect((await refusal()).message).toMatch(/"model\.onnx".*link/);
    rmSync(path);
    mkdirSync(path);
    expect((await refusal()).message).toMatch(/"model\.onnx".*ordinary/);
    rmSync(path, { recursive: true });
    copyFileSync(outside, path);
    renameSync(join(folder, "pack.json"), join(root, "pack.json"));
    symlinkSync(join(root, "pack.json"), join(folder, "pack.json"));
    expect((await refusal()).message).toMatch(/"pack\.json".*link/);
  });

  it("refuses a pack.json that is not JSON, not UTF-8 or huge", async () => {
    const path = join(folder, "pack.json");
    writeFileSync(path, '{"format": 1,');
    expect((await refusal()).message).toMatch(/"pack\.json".*not valid JSON/);
    writeFileSync(path, Buffer.from([0x22, 0xff, 0x22]));
    expect((await refusal()).message).toMatch(/not valid JSON/);
    writeFileSync(path, " ".repeat(5 << 20));
    expect((await refusal()).message).toMatch(/far too long/);
    for (const text of ["null", "[]", "3"]) {
      writeFileSync(path, text);
      expect(await refusal()).toMatchObject({ reason: "modelCorrupt" });
    }
  });

  it("refuses another format with the way out", async () => {
    list((pack) => (pack.format = 2));
    expect(await refusal()).toMatchObject({
      reason: "modelUnsupported",
      message: expect.stringMatching(/format 2.*update Tonesteer/),
    });
    list((pack) => (pack.format = 0));
    expect((await refusal()).message).toMatch(/install a newer model/);
    list((pack) => delete pack.format);
    expect(await refusal()).toMatchObject({ reason: "modelCorrupt" });
  });

  it.each<[string, Spoil, RegExp]>([
    ["a missing part", (pack) => delete pack.prompt, /at prompt/],
    ["a site that is not listed", (pack) => (pack.steering.sites = [12, 13]), /under sites/],
    ["a reading site not listed", (pack) => (pack.steering.ranking.readingSite = 1), /under sites/],
    ["a site beyond the blocks", (pack) => (pack.architecture.blocks = 20), /blocks/],
    ["two tones of one id", (pack) => (pack.tones[1].id = pack.tones[0].id), /own id/],
    ["an alpha above the ceiling", (pack) => (pack.steering.several.alpha = 9), /alphaMaximum/],
    ["an unknown method", (pack) => (pack.steering.method = "magic"), /steering\.method/],
    ["no tokenizer", (pack) => delete pack.files["tokenizer.json"], /must list/],
    ["a bad hash", (pack) => (pack.files["model.onnx"].sha256 = "x"), /sha256/],
  ])("refuses %s", async (_, spoil, message) => {
    list(spoil);
    const error = await refusal();
    expect(error.reason).toBe("modelCorrupt");
    expect(error.message).toMatch(message);
  });

  it("refuses steering weights that do not belong to the pack", async () => {
    list((pack) => pack.tones.reverse());
    expect((await refusal((await openPack(folder)).heads())).message).toMatch(/labels/);
    list((pack) => (pack.architecture.hidden = 64));
    expect((await refusal((await openPack(folder)).heads())).message).toMatch(
      /576 numbers, not 64/,
    );
    list((pack) => {
      pack.sites["2"] = pack.sites["6"];
      pack.steering.sites = [2];
    });
    expect((await refusal((await openPack(folder)).heads())).message).toMatch(/lacks site 2/);
  });
});

describe("readGraph", () => {
  const exported = "test/fixtures/architectures/llama/fused";

  /** Puts a real export, whose weights lie in model.onnx.data, into the pack. */
  function takeExport(spoil: Spoil = () => {}): void {
    copyFileSync(join(exported, "model.onnx"), join(folder, "model.onnx"));
    copyFileSync(join(exported, "model.onnx.data"), join(folder, "model.onnx.data"));
    list((pack) => {
      const bytes = readFileSync(join(folder, "model.onnx.data"));
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      pack.files["model.onnx.data"] = { bytes: bytes.length, sha256 };
      spoil(pack);
    });
  }

  it("gives a graph whose weights lie in listed files", async () => {
    takeExport();
    const model = await (await openPack(folder)).readGraph();
    expect(referencedFiles(model)).toContain("model.onnx.data");
  });

  it("refuses a graph whose weights lie in a file that is not listed", async () => {
    takeExport((pack) => delete pack.files["model.onnx.data"]);
    const error = await refusal((await openPack(folder)).readGraph());
    expect(error.reason).toBe("modelCorrupt");
    expect(error.message).toMatch(/"model\.onnx\.data", which pack\.json does not list/);
  });

  it("refuses a graph whose weights lie outside the folder", async () => {
    takeExport();
    const bytes = readFileSync(join(folder, "model.onnx"));
    const text = bytes.toString("latin1").replaceAll("model.onnx.data", "../../../secret");
    writeFileSync(join(folder, "model.onnx"), Buffer.from(text, "latin1"));
    list(() => {});
    const error = await refusal((await openPack(folder)).readGraph());
    expect(error.message).toContain('"../../../secret"');
  });

  it("refuses what is no graph", async () => {
    const error = await refusal((await openPack(folder)).readGraph());
    expect(error).toMatchObject({ reason: "modelCorrupt" });
  });
});

describe("remembered hashes", () => {
  const memory = () => join(cacheFolder, "verified-files.json");

  it("are used, and are seen through when a file changes in place", async () => {
    await openPack(folder, { cacheFolder });
    const before = statSync(memory()).mtimeMs;
    await openPack(folder, { cacheFolder });
    expect(statSync(memory()).mtimeMs).toBe(before);
    // Same size, same modification time: the change time still tells.
    const path = join(folder, "model.onnx");
    const { atime, mtime } = statSync(path);
    writeFileSync(path, "grapH");
    utimesSync(path, atime, mtime);
    expect((await refusal(openPack(folder, { cacheFolder }))).message).toMatch(/altered/);
  });

  it("do not matter with verify: always", async () => {
    await openPack(folder, { cacheFolder });
    const text = readFileSync(memory(), "utf8");
    // A memory that vouches for a file that is not as listed.
    const right = createHash("sha256").update("graph").digest("hex");
    const wrong = createHash("sha256").update("other").digest("hex");
    expect(text).toContain(right);
    list((pack) => (pack.files["model.onnx"].sha256 = wrong));
    writeFileSync(memory(), text.replace(right, wrong));
    await openPack(folder, { cacheFolder });
    const always = openPack(folder, { cacheFolder, verify: "always" });
    expect((await refusal(always)).message).toMatch(/altered/);
  });

  it("survive a spoiled memory and a cache folder that cannot be made", async () => {
    mkdirSync(cacheFolder);
    writeFileSync(memory(), "{");
    await openPack(folder, { cacheFolder });
    expect(JSON.parse(readFileSync(memory(), "utf8")).format).toBe(1);
    writeFileSync(join(root, "file"), "");
    await openPack(folder, { cacheFolder: join(root, "file", "cache") });
    expect(existsSync(join(root, "file", "cache"))).toBe(false);
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === "win32")(
    "survive a read-only cache folder, and an unreadable file is named",
    async () => {
      mkdirSync(cacheFolder);
      chmodSync(cacheFolder, 0o500);
      await openPack(folder, { cacheFolder });
      chmodSync(join(folder, "model.onnx"), 0);
      expect(await refusal()).toMatchObject({
        reason: "diskFailed",
        message: expect.stringContaining("model.onnx"),
      });
    },
  );
});
