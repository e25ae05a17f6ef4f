import { readFileSync } from "node:fs";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { readSettings, settingTable, steeringFrom } from "../../../src/host/settings";
import type { SettingName } from "../../../src/host/settings";

interface Property {
  default: unknown;
  order: number;
  markdownDescription: string;
  type: string | string[];
  scope?: string;
  minimum?: number;
  maximum?: number;
  enum?: unknown[];
  markdownEnumDescriptions?: string[];
}
const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const properties: Record<string, Property> = manifest.contributes.configuration[0].properties;
const names = Object.keys(settingTable) as SettingName[];
const accepts = (name: SettingName, value: unknown) =>
  v.is(settingTable[name].schema as v.GenericSchema, value);

function read(values: Partial<Record<SettingName, unknown>>) {
  const reports: string[] = [];
  const settings = readSettings(
    (name) => values[name],
    (_, sentence) => reports.push(sentence),
  );
  return { settings, reports };
}

describe("the settings", () => {
  it("are the manifest's, with the same defaults", () => {
    const declared = Object.entries(properties).map(([key, { default: value }]) => [
      key.replace("tonesteer.", ""),
      value,
    ]);
    const own = names.map((name) => [name, settingTable[name].fallback]);
    expect(Object.fromEntries(declared)).toEqual(Object.fromEntries(own));
  });

  it.each(names)("%s takes what the manifest lets through at its limits", (name) => {
    const property = properties[`tonesteer.${name}`]!;
    const values = [property.minimum, property.maximum, ...(property.enum ?? [])];
    for (const value of values.filter((one) => one !== undefined)) {
      expect(accepts(name, value), JSON.stringify(value)).toBe(true);
    }
    if (property.minimum !== undefined) expect(accepts(name, property.minimum - 1)).toBe(false);
    if (property.enum) expect(accepts(name, "something else")).toBe(false);
    expect(accepts(name, null)).toBe(property.type.includes("null"));
  });

  it("read as set when valid", () => {
    const { settings, reports } = read({ "steering.sites": [12, 16], fidelity: "free" });
    expect(settings["steering.sites"]).toEqual([12, 16]);
    expect(settings.fidelity).toBe("free");
    expect(reports).toEqual([]);
  });

  it("count as their default when not valid, each with one sentence", () => {
    const { settings, reports } = read({
      "steering.layerDepth": 3,
      "generation.seed": -1,
      alternatives: "many",
      model: 5,
    });
    expect(settings).toEqual(read({}).settings);
    expect(reports).toHaveLength(4);
    expect(reports[0]).toMatch(/tonesteer\.steering\.layerDepth is not valid.*null is used/u);
  });

  it("that hold a path or load the machine cannot be set by a workspace", () => {
    for (const name of ["model", "engine.threads", "engine.idleMinutes"]) {
      expect(properties[`tonesteer.${name}`]!.scope).toBe("machine");
      expect(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations).toContain(
        `tonesteer.${name}`,
      );
    }
  });
});

describe("strength", () => {
  const { settings } = read({});

  it("acts through the weights as long as they have room", () => {
    const steering = steeringFrom(settings, { casual: 0.5, expert: -0.25 }, 2);
    expect(steering.weights).toEqual({ casual: 1, expert: -0.5 });
    expect(steering.strength).toBeUndefined();
    expect(steeringFrom(settings, { casual: 1 }, 0.8).weights).toEqual({ casual: 0.8 });
  });

  it("asks alpha for the rest, and nothing above the wire's limit", () => {
    const steering = steeringFrom(settings, { casual: 0.8 }, 2.5);
    expect(steering.weights["casual"]).toBeCloseTo(1);
    expect(steering.strength).toBeCloseTo(2);
    expect(steeringFrom(settings, { casual: 1 }, 100).strength).toBe(4);
  });
});
