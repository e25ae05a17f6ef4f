/**
 * Splices steering into a graph. At each site the delta is computed from skip + branch and added to
 * the branch before the sum, so fused and plain graphs keep one residual:
 *
 *   x' = skip + (branch + delta(skip + branch))
 */
import { TonesteerError } from "../shared/errors";
import type { SiteHeads } from "../steering/siteHeads";
import type { SteeringInputs } from "./displacement";
import { displacement } from "./displacement";
import { FLOAT } from "./elementType";
import type { Operators } from "./operators";
import type { SteeringPlan } from "./plan";
import { steeringInputs } from "./plan";
import type { ResidualSite, ResidualStream } from "./residualStream";
import { siteAt } from "./residualStream";

interface SteeredSite {
  readonly at: ResidualSite;
  readonly heads: SiteHeads;
}

export function steerGraph(ops: Operators, stream: ResidualStream, plan: SteeringPlan): void {
  const { edit } = ops;
  const sites = checkedSites(stream, plan);
  const [first] = sites as [SteeredSite];
  edit.goBefore(first.at.node);
  const shared = sharedInputs(ops, plan);
  let home: Home | undefined;
  for (const { at, heads } of sites) {
    edit.goBefore(at.node);
    const name = (part: string) => `/steer/blocks.${at.site}/${part}`;
    const x = residual(ops, name, at);
    let delta: string;
    if (home) {
      delta = again(ops, name, x, home);
    } else {
      delta = displacement(ops, name, x, plan, heads, shared);
      if (plan.spread === "broadcast") home = { delta, x };
    }
    if (at.elementType !== FLOAT) {
      delta = edit.node(name("deltaCast"), "Cast", [delta], { to: BigInt(at.elementType) });
    }
    const steered = edit.node(name("branch"), "Add", [at.branch.tensor, delta]);
    edit.change(at.node).input[at.branch.input] = steered;
  }
}

/** The first site's displacement and residual, for `broadcast`. */
interface Home {
  readonly delta: string;
  readonly x: string;
  size?: string;
}

/** The first site's displacement, scaled from its residual's norm to this one's. */
function again(ops: Operators, name: (part: string) => string, x: string, home: Home): string {
  const { edit } = ops;
  if (home.size === undefined) {
    const least = edit.floats("/steer/home/least", [], Float32Array.of(1e-12));
    home.size = edit.node("/steer/home/guarded", "Max", [
      ops.length("/steer/home/size", home.x),
      least,
    ]);
  }
  const ratio = edit.node(name("ratio"), "Div", [ops.length(name("size"), x), home.size]);
  return edit.node(name("delta"), "Mul", [home.delta, ratio]);
}

function sharedInputs(ops: Operators, plan: SteeringPlan): SteeringInputs {
  const { edit } = ops;
  const weights = edit.addInput(steeringInputs.weights, FLOAT, ["steer_rows", plan.labels]);
  const alpha = edit.addInput(steeringInputs.alpha, FLOAT, ["alpha_rows", "alpha_positions", 1]);
  const alphas = stepFactors(plan).map((factor, k) => {
    if (factor === 1) return alpha;
    const constant = edit.floats(`/steer/factor.${k}`, [], Float32Array.of(factor));
    return edit.node(`/steer/alpha.${k}`, "Mul", [alpha, constant]);
  });
  return { weights: ops.unsqueeze("/steer/weights", weights, 1), alphas };
}

/** The factor on alpha at each step: w_k for `gradient`, w_k / sum(w) for `relative`. */
function stepFactors({ method, steps, decay }: SteeringPlan): number[] {
  // The others move along a vector that does not depend on x, or only once.
  if (method !== "relative" && method !== "gradient") return [1];
  const powers = Array.from({ length: steps }, (_, k) => decay ** k);
  const total = method === "relative" ? powers.reduce((a, b) => a + b, 0) : 1;
  return powers.map((power) => power / total);
}

/** The residual after a site as it would be without steering it, in float. */
function residual(
  { edit }: Operators,
  name: (part: string) => string,
  { skip, branch, bias, elementType }: ResidualSite,
): string {
  let x = edit.node(name("x"), "Add", [skip.tensor, branch.tensor]);
  if (bias !== undefined) x = edit.node(name("x/biased"), "Add", [x, bias]);
  return elementType === FLOAT ? x : edit.node(name("x/float"), "Cast", [x], { to: BigInt(FLOAT) });
}

function checkedSites(stream: ResidualStream, plan: SteeringPlan): SteeredSite[] {
  const { steps, decay, labels } = plan;
  if (!Number.isInteger(steps) || steps < 1) throw bad("Steps must be a whole number from 1.");
  if (!(decay > 0 && decay <= 1)) throw bad("Decay must be above 0 and at most 1.");
  if (plan.sites.length === 0) throw bad("Steering needs at least one layer.");
  const sites = [...plan.sites].sort((a, b) => a.site - b.site);
  return sites.map(({ site, heads }, i) => {
    if (site === sites[i - 1]?.site) throw bad(`Layer ${site} is named twice; name it once.`);
    const at = siteAt(stream, site);
    if (heads.d !== stream.hidden) {
      throw bad(
        `What steers layer ${site} is made for ${heads.d} dimensions, but the model has ${stream.hidden}; take one made for this model.`,
      );
    }
    if (heads.labels !== labels) {
      throw bad(
        `What steers layer ${site} knows ${heads.labels} tones, but ${labels} are expected; take one made with the others.`,
      );
    }
    return { at, heads };
  });
}

function bad(message: string): TonesteerError {
  return new TonesteerError("badRequest", message);
}
