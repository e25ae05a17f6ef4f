import { expect, test } from "vitest";
import { nearestSite, steeredSites, whereOf } from "../../../webview/steered";
import { panelState } from "../../ui/panelStates";

const sites = [
  { site: 6, depth: 0.2 },
  { site: 12, depth: 0.4 },
  { site: 18, depth: 0.6 },
];

test("a depth means the nearest layer with a classifier, the shallower of two as near", () => {
  expect(nearestSite(sites, 0)).toBe(6);
  expect(nearestSite(sites, 0.41)).toBe(12);
  expect(nearestSite(sites, 0.25)).toBe(6);
  expect(nearestSite(sites, 1)).toBe(18);
  expect(nearestSite([], 0.5)).toBeUndefined();
});

test("chosen layers win over a depth, a depth over the calibration", () => {
  const { pack, steering } = panelState();
  const both = { ...steering, sites: [8], layerDepth: 0.9 };
  expect([whereOf(both), steeredSites({ pack, steering: both })]).toEqual(["sites", [8]]);
  const depth = { ...steering, layerDepth: 0 };
  expect([whereOf(depth), steeredSites({ pack, steering: depth })]).toEqual([
    "depth",
    [pack!.sites[0]!.site],
  ]);
  expect([whereOf(steering), steeredSites({ pack, steering })]).toEqual([
    "calibrated",
    pack!.calibrated.sites,
  ]);
  expect(steeredSites({ pack: null, steering })).toEqual([]);
});
