export interface SiteAccuracy {
  readonly site: number;
  /** 0 (first block) to 1 (last). */
  readonly depth: number;
  /** On held-out texts, 0 to 1. */
  readonly accuracy: number;
}

export interface PlotBox {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Plot {
  /** Accuracies at the bottom and the top of the box, whole tenths. */
  readonly floor: number;
  readonly ceiling: number;
  /** In the order of the depth. */
  readonly points: readonly { readonly site: number; readonly x: number; readonly y: number }[];
}

/** Where each site's accuracy lies in the box: depth from left to right, accuracy upwards. */
export function plotGeometry(sites: readonly SiteAccuracy[], box: PlotBox): Plot {
  const accuracies = sites.map((site) => site.accuracy);
  const ceiling = Math.min(1, Math.ceil(Math.max(...accuracies, 0.1) * 10) / 10);
  const lowest = Math.floor(Math.min(...accuracies, 1) * 10) / 10;
  // Equal accuracies still need a scale.
  const floor = Math.max(0, Math.min(lowest, ceiling - 0.1));
  const height = box.bottom - box.top;
  const points = [...sites]
    .sort((a, b) => a.depth - b.depth)
    .map(({ site, depth, accuracy }) => ({
      site,
      x: box.left + depth * (box.right - box.left),
      y: box.bottom - ((accuracy - floor) / (ceiling - floor)) * height,
    }));
  return { floor, ceiling, points };
}
