import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openPack } from "../../src/engine/packStore";
import { usedSites } from "../../src/shared/pack";

it("opens the shipped pack, and faster once its files are remembered", async () => {
  const cacheFolder = mkdtempSync(join(tmpdir(), "tonesteer-open-"));
  try {
    const open = async () => {
      const start = performance.now();
      const opened = await openPack("models/smollm2-135m-rewriter", { cacheFolder });
      return { opened, time: performance.now() - start };
    };
    const cold = await open();
    const times = [await open(), await open(), await open()].map(({ time }) => time);
    expect(Math.min(...times)).toBeLessThan(cold.time / 2);
    const { pack, files } = cold.opened;
    expect([...files.keys()]).toEqual(Object.keys(pack.files));
    const heads = await cold.opened.heads();
    for (const site of usedSites(pack.steering)) expect(heads.sites.get(site)?.mlp).toBeDefined();
    const graph = await cold.opened.readGraph();
    expect(graph.proto.graph.node.length).toBeGreaterThan(pack.architecture.blocks);
  } finally {
    rmSync(cacheFolder, { recursive: true, force: true });
  }
});
