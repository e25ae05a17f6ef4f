import type { PackSummary } from "../shared/engineProtocol";
import type { Pack } from "../shared/pack";
import type { PackHeads } from "./packStore";

/** What people and panels need to know of an opened pack. */
export function summarise(pack: Pack, heads: PackHeads): PackSummary {
  const { steering } = pack;
  const last = Math.max(pack.architecture.blocks - 1, 1);
  return {
    name: pack.name,
    title: pack.title,
    version: pack.version,
    languages: [...pack.languages],
    tones: pack.tones.map(({ id, title, description }) => ({ id, title, description })),
    blocks: pack.architecture.blocks,
    sites: [...heads.sites.keys()].map((site) => ({
      site,
      depth: site / last,
      accuracy: pack.sites[String(site)]?.mlp ?? 0,
    })),
    calibrated: {
      method: steering.method,
      sites: [...steering.sites],
      steps: steering.steps,
      decay: steering.decay,
      alpha: steering.alpha,
      alphaMaximum: steering.alphaMaximum,
      roundTripFloor: steering.ranking.roundTripFloor,
    },
  };
}
