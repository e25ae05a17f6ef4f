import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packFolder, readPackHeader, shippedPack } from "../../../src/host/packFolder";

describe("the pack's folder", () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), "tonesteer-pack-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is the shipped one unless the setting names another", () => {
    expect(packFolder("", "/ext")).toBe(path.join("/ext", "models", shippedPack));
    expect(packFolder("/packs/mine", "/ext")).toBe(path.resolve("/packs/mine"));
  });

  it("tells the shipped pack's tones", async () => {
    const { title, tones } = await readPackHeader(packFolder("", process.cwd()));
    expect(title).not.toBe("");
    expect(tones.map(({ id }) => id)).toContain("empathetic");
  });

  it("without a pack.json is no pack", async () => {
    await expect(readPackHeader(folder)).rejects.toMatchObject({ reason: "modelMissing" });
  });

  it.each(["", "[]", '{"format": 2}', '{"format": 1, "name": "a"}'])(
    "with %j in it is a broken pack",
    async (text) => {
      writeFileSync(path.join(folder, "pack.json"), text);
      await expect(readPackHeader(folder)).rejects.toMatchObject({ reason: "modelCorrupt" });
    },
  );
});
