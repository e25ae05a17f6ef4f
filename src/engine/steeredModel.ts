import { TonesteerError } from "../shared/errors";
import { readsPaddedCache } from "../graph/decoderOutputs";
import { describeInputs } from "../graph/describeInputs";
import { writeModel, type OnnxModel } from "../graph/modelFile";
import { patchModel } from "../graph/patchModel";
import { cachedGraph, graphKey } from "./graphCache";
import { LanguageModel, type ModelShape } from "./languageModel";
import type { OpenPack, PackHeads } from "./packStore";
import { GraphSession } from "./session";
import type { GraphSteering } from "./steeringPlan";

/** Changes whenever this version patches graphs differently, so that old ones are not used. */
const patchVersion = 2;

export interface SteeredModelOptions {
  readonly cacheFolder: string;
  readonly threads: number;
  readonly onProblem: (message: string) => void;
}

/**
 * Loads a pack's model with its graph patched for this way of steering; with null it can only
 * decode, as the baseline that steering is measured against. The weights stay in the pack's folder,
 * which is never written to.
 */
export async function loadSteeredModel(
  opened: OpenPack,
  heads: PackHeads,
  steering: GraphSteering | null,
  options: SteeredModelOptions,
): Promise<LanguageModel> {
  const { pack, folder } = opened;
  const original = await opened.readGraph();
  const key = graphKey([
    patchVersion,
    pack.files["model.onnx"]!.sha256,
    pack.files["tones.safetensors"]!.sha256,
    steering,
    pack.steering.ranking.readingSite,
  ]);
  const graph = await cachedGraph(
    options.cacheFolder,
    key,
    async () => writeModel(patch(original, opened, heads, steering)),
    options.onProblem,
  );
  const session = await GraphSession.load(graph, {
    weightsFolder: folder,
    threads: options.threads,
  });
  return new LanguageModel(
    session,
    modelShape(original, opened, steering ? heads.labels.length : 0),
  );
}

function patch(
  original: OnnxModel,
  { pack }: OpenPack,
  heads: PackHeads,
  steering: GraphSteering | null,
): OnnxModel {
  if (!steering) return patchModel(original, { decoding: true });
  return patchModel(original, {
    decoding: true,
    steering: {
      ...steering,
      labels: heads.labels.length,
      sites: steering.sites.map((site) => ({ site, heads: heads.sites.get(site)! })),
    },
    tap: { site: pack.steering.ranking.readingSite, reduce: "none" },
  });
}

function modelShape(original: OnnxModel, { pack }: OpenPack, labels: number): ModelShape {
  const inputs = describeInputs(original);
  if (inputs.cacheType !== "float32" || inputs.logitsType !== "float32") {
    throw new TonesteerError(
      "modelUnsupported",
      "The model's cache is not float32. Choose a model exported for the CPU.",
    );
  }
  return {
    cache: {
      names: inputs.caches.flatMap(({ key, value }) => [key, value]),
      heads: inputs.kvHeads,
      headSize: inputs.headSize,
      padded: readsPaddedCache(original),
    },
    hasPositionIds: inputs.positionIds !== undefined,
    vocabulary: inputs.vocabulary,
    hidden: pack.architecture.hidden,
    labels,
    context: pack.architecture.context,
  };
}
