import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { toneIds } from "../../../src/host/toneIds";

const read = (file: string) => JSON.parse(readFileSync(file, "utf8"));
const manifest = read("package.json");
const english: Record<string, string> = read("package.nls.json");
const german: Record<string, string> = read("package.nls.de.json");
const pack = read("models/smollm2-135m-rewriter/pack.json");
const { commands, menus, keybindings, walkthroughs } = manifest.contributes;
const text = (value: string) => value.replace(/^%(.*)%$/u, (_, key) => english[key] ?? value);

describe("the manifest", () => {
  it("has one command for each tone of the shipped pack, in the pack's words", () => {
    const declared = commands
      .filter(({ command }: { command: string }) => command.startsWith("tonesteer.rewriteAs."))
      .map(({ command, title }: { command: string; title: string }) => [command, text(title)]);
    expect(declared).toEqual(
      pack.tones.map(({ id, title }: { id: string; title: string }) => [
        `tonesteer.rewriteAs.${id}`,
        `Rewrite as ${title}`,
      ]),
    );
    expect([...toneIds]).toEqual(pack.tones.map(({ id }: { id: string }) => id));
  });

  it("gives every command a category", () => {
    for (const { category } of commands) expect(category).toBe("Tonesteer");
  });

  it("names only commands that exist, in menus, keys and the walkthrough", () => {
    const ids = new Set(commands.map(({ command }: { command: string }) => command));
    const inMenus = Object.values(menus)
      .flat()
      .flatMap((entry) => (entry as { command?: string }).command ?? []);
    const inKeys = keybindings.map(({ command }: { command: string }) => command);
    const linked = Object.values(english).flatMap((value) =>
      [...value.matchAll(/command:(tonesteer\.[\w.]+)/gu)].map(([, id]) => id),
    );
    for (const id of [...inMenus, ...inKeys, ...linked]) expect(ids, id).toContain(id);
  });

  it("has every string it refers to, in both languages, and no others", () => {
    const used = [...JSON.stringify(manifest).matchAll(/"%([^%"]+)%"/gu)].map(([, key]) => key);
    expect(Object.keys(english).sort()).toEqual([...new Set(used)].sort());
    expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort());
  });

  it("ships the walkthrough's pictures", () => {
    const [{ steps }] = walkthroughs;
    expect(steps).toHaveLength(5);
    for (const { media } of steps) expect(existsSync(media.svg), media.svg).toBe(true);
  });
});
