import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { steeringGradient, steeringLoss } from "../../../src/steering/classifier";
import { steeringMethods } from "../../../src/shared/steeringRequest";
import { norm, steer, steeringDelta } from "../../../src/steering/methods";
import { normals, randomHeads } from "./heads";

const heads = randomHeads();
const options = { alpha: 0.2, steps: 1, decay: 1 } as const;

const numbers = (length: number) =>
  fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: length, maxLength: length });
const residual = numbers(heads.d).map((v) => Float32Array.from(v));
const weightsOf = numbers(heads.labels).map((v) => Float32Array.from(v));
const method = fc.constantFrom(...steeringMethods);

describe("steer", () => {
  it("returns x bit for bit at alpha 0 or weights 0, and never changes its input", () => {
    fc.assert(
      fc.property(residual, weightsOf, method, (x, weights, name) => {
        const before = x.slice();
        const bits = (v: Float32Array) => [...new Uint32Array(v.buffer)];
        const zero = new Float32Array(heads.labels);
        const off = steer(x, heads, weights, { ...options, method: name, alpha: 0 });
        const silent = steer(x, heads, zero, { ...options, method: name });
        steer(x, heads, weights, { ...options, method: name });
        expect(bits(off)).toEqual(bits(before));
        expect(bits(silent)).toEqual(bits(before));
        expect(bits(x)).toEqual(bits(before));
        expect(off).not.toBe(x);
      }),
    );
  });

  it.each(["relative", "linear"] as const)("%s moves by alpha of the residual's norm", (name) => {
    fc.assert(
      fc.property(residual, weightsOf, fc.double({ min: 0.01, max: 2, noNaN: true }), (x, c, a) => {
        const g = steeringGradient(x, heads, c, name === "linear" ? "linear" : "mlp");
        fc.pre(norm(g) > 1e-6);
        const moved = norm(steeringDelta(x, heads, c, { method: name, alpha: a }));
        expect(Math.abs(moved - a * norm(x))).toBeLessThan(1e-4 * (1 + norm(x)));
      }),
    );
  });

  it("relative in several steps stays within alpha of the norm", () => {
    fc.assert(
      fc.property(residual, weightsOf, fc.integer({ min: 1, max: 6 }), (x, c, steps) => {
        const delta = steeringDelta(x, heads, c, {
          method: "relative",
          alpha: 0.5,
          steps,
          decay: 0.8,
        });
        expect(norm(delta)).toBeLessThanOrEqual(0.5 * norm(x) + 1e-3);
      }),
    );
  });

  it.each(["relative", "linear", "direction"] as const)(
    "%s does not depend on the size of the weights",
    (name) => {
      const draw = normals(5);
      for (let trial = 0; trial < 20; trial++) {
        const x = draw(heads.d);
        const c = draw(heads.labels);
        const once = steer(x, heads, c, { ...options, method: name });
        const twice = steer(
          x,
          heads,
          c.map((v) => 2 * v),
          { ...options, method: name },
        );
        twice.forEach((value, i) => expect(value).toBeCloseTo(once[i]!, 5));
      }
    },
  );

  it("gradient: twice the weights is twice alpha, in one step", () => {
    const draw = normals(6);
    for (let trial = 0; trial < 20; trial++) {
      const x = draw(heads.d);
      const c = draw(heads.labels);
      const a = steer(
        x,
        heads,
        c.map((v) => 2 * v),
        { method: "gradient", alpha: 0.3 },
      );
      const b = steer(x, heads, c, { method: "gradient", alpha: 0.6 });
      a.forEach((value, i) => expect(value).toBeCloseTo(b[i]!, 5));
    }
  });

  it("direction: the delta is linear in alpha, opposite weights are opposite alpha", () => {
    const draw = normals(7);
    const x = draw(heads.d);
    const c = draw(heads.labels);
    const delta = steeringDelta(x, heads, c, { method: "direction", alpha: 0.25 });
    const twice = steeringDelta(x, heads, c, { method: "direction", alpha: 0.5 });
    const opposite = steeringDelta(
      x,
      heads,
      c.map((v) => -v),
      { method: "direction", alpha: -0.25 },
    );
    expect(norm(delta)).toBeCloseTo(0.25 * norm(x), 5);
    delta.forEach((value, i) => {
      expect(twice[i]).toBeCloseTo(2 * value, 5);
      expect(opposite[i]).toBeCloseTo(value, 6);
    });
  });

  it("relative, gradient and linear raise what they promote", () => {
    const draw = normals(8);
    for (const name of ["relative", "gradient", "linear"] as const) {
      for (let trial = 0; trial < 20; trial++) {
        const x = draw(heads.d);
        const c = draw(heads.labels);
        const kind = name === "linear" ? "linear" : "mlp";
        const small = { method: name, alpha: 1e-3 } as const;
        const before = steeringLoss(x, heads, c, kind);
        expect(steeringLoss(steer(x, heads, c, small), heads, c, kind)).toBeLessThan(before);
      }
    }
  });

  it("several decayed steps weigh as w_k / sum(w)", () => {
    // With the linear probe the gradient is the same everywhere, so the steps add up to one.
    const draw = normals(9);
    const x = draw(heads.d);
    const c = draw(heads.labels);
    const one = steer(x, heads, c, { method: "linear", alpha: 0.4 });
    const four = steer(x, heads, c, { method: "linear", alpha: 0.4, steps: 4, decay: 0.7 });
    four.forEach((value, i) => expect(value).toBeCloseTo(one[i]!, 5));
    const raw = steeringDelta(x, heads, c, {
      method: "gradient",
      classifier: "linear",
      alpha: 0.4,
    });
    const sum = 1 + 0.7 + 0.49 + 0.343;
    steeringDelta(x, heads, c, {
      method: "gradient",
      classifier: "linear",
      alpha: 0.4,
      steps: 4,
      decay: 0.7,
    }).forEach((value, i) => expect(value).toBeCloseTo(sum * raw[i]!, 4));
  });

  it("reflect keeps the norm, undoes itself, and at alpha 1/2 removes the component", () => {
    const draw = normals(10);
    for (let trial = 0; trial < 20; trial++) {
      const x = draw(heads.d);
      const c = Float32Array.of(0, -1, 0, 0);
      const reflect = { method: "reflect", classifier: "linear", alpha: 1 } as const;
      const once = steer(x, heads, c, reflect);
      const back = steer(once, heads, c, reflect);
      expect(norm(once)).toBeCloseTo(norm(x), 4);
      back.forEach((value, i) => expect(value).toBeCloseTo(x[i]!, 4));
      const ablated = steer(x, heads, c, { ...reflect, alpha: 0.5 });
      const g = steeringGradient(x, heads, c, "linear");
      const left = g.reduce((sum, value, i) => sum + value * ablated[i]!, 0) / norm(g);
      expect(Math.abs(left)).toBeLessThan(1e-4);
    }
  });

  it("stays finite where the classifier is flat or the directions cancel", () => {
    const flat = {
      ...heads,
      mlp: { ...heads.mlp!, w3: new Float32Array(heads.mlp!.w3.length) },
      directions: new Float32Array(heads.directions!.length),
    };
    const x = normals(11)(heads.d);
    const c = Float32Array.of(1, -1, 0, 0);
    for (const name of ["relative", "gradient", "reflect", "direction"] as const) {
      expect(steer(x, flat, c, { ...options, method: name, steps: 3 })).toEqual(x);
    }
  });

  it.each([
    [{ alpha: NaN }, /Alpha/],
    [{ alpha: Infinity }, /Alpha/],
    [{ steps: 0 }, /Steps/],
    [{ steps: 1.5 }, /Steps/],
    [{ decay: -0.1 }, /Decay/],
    [{ decay: NaN }, /Decay/],
    [{ method: "sideways" as "relative" }, /unknown/],
  ])("refuses %j", (spoiled, message) => {
    const x = new Float32Array(heads.d);
    const c = Float32Array.of(1, 0, 0, 0);
    expect(() => steer(x, heads, c, { ...options, method: "relative", ...spoiled })).toThrow(
      message,
    );
  });

  it("refuses weights of another number and directions a site lacks", () => {
    const x = new Float32Array(heads.d).fill(1);
    const relative = { ...options, method: "relative" } as const;
    expect(() => steer(x, heads, Float32Array.of(1), relative)).toThrow(/4 finite weights/);
    expect(() => steer(x, heads, Float32Array.of(1, 0, 0, NaN), relative)).toThrow(/4 finite/);
    const { directions: _, ...bare } = heads;
    const c = Float32Array.of(1, 0, 0, 0);
    expect(() => steer(x, bare, c, { ...options, method: "direction" })).toThrow(
      expect.objectContaining({ reason: "modelUnsupported" }),
    );
  });
});
