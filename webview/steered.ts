import type { PanelState } from "../src/shared/panelProtocol";

export type Where = "calibrated" | "depth" | "sites";

/** Chosen layers win over a depth, as everywhere. */
export function whereOf({ sites, layerDepth }: PanelState["steering"]): Where {
  if (sites) return "sites";
  return layerDepth === null ? "calibrated" : "depth";
}

/** The sites that the next rewrite will be steered at. */
export function steeredSites({ pack, steering }: Pick<PanelState, "pack" | "steering">): number[] {
  if (!pack) return [];
  if (steering.sites) return steering.sites;
  if (steering.layerDepth === null) return pack.calibrated.sites;
  const nearest = nearestSite(pack.sites, steering.layerDepth);
  return nearest === undefined ? [] : [nearest];
}

/** The site with a classifier whose depth is nearest. */
export function nearestSite(
  sites: readonly { readonly site: number; readonly depth: number }[],
  depth: number,
): number | undefined {
  let best: { site: number; depth: number } | undefined;
  for (const site of sites) {
    if (!best || Math.abs(site.depth - depth) < Math.abs(best.depth - depth)) best = site;
  }
  return best?.site;
}
