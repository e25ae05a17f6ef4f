import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { Channel } from "../../../src/shared/channel";
import type { Handlers, Wire } from "../../../src/shared/channel";
import {
  panelHostContract,
  panelPageContract,
  PanelState,
} from "../../../src/shared/panelProtocol";
import type { PanelHostContract, PanelPageContract } from "../../../src/shared/panelProtocol";
import { panelStringKeys } from "../../../src/shared/panelStrings";
import { panelLadder, panelPreview, panelResult, panelState } from "../../ui/panelStates";

const strings = Object.fromEntries(panelStringKeys.map((key) => [key, key])) as never;

/** Both ends over one wire that copies what it carries, as postMessage does. */
function wired() {
  const heard: { host: ((m: unknown) => void)[]; page: ((m: unknown) => void)[] } = {
    host: [],
    page: [],
  };
  const end = (to: "host" | "page"): Wire => ({
    post: (message) => heard[to].forEach((listener) => listener(structuredClone(message))),
    listen(listener) {
      const from = to === "host" ? "page" : "host";
      heard[from].push(listener);
      return () => void heard[from].splice(heard[from].indexOf(listener), 1);
    },
  });
  const handled: string[] = [];
  const refused: string[] = [];
  const states: PanelState[] = [];
  const handlers = Object.fromEntries(
    Object.keys(panelHostContract.requests).map((name) => [
      name,
      () => {
        handled.push(name);
        return name === "ready" ? { strings, state: panelState() } : panelState();
      },
    ]),
  ) as unknown as Handlers<PanelHostContract>;
  const host = new Channel<PanelHostContract, PanelPageContract>(
    end("page"),
    panelHostContract,
    panelPageContract,
    handlers,
    {},
    (why) => refused.push(why),
  );
  const page = new Channel<PanelPageContract, PanelHostContract>(
    end("host"),
    panelPageContract,
    panelHostContract,
    {},
    { didChangeState: (state) => states.push(state) },
    (why) => refused.push(why),
  );
  const toHost = (message: unknown) => heard.host.forEach((listener) => listener(message));
  const toPage = (message: unknown) => heard.page.forEach((listener) => listener(message));
  return { host, page, handled, refused, states, toHost, toPage };
}

describe("the panel's wire", () => {
  test("carries a full state whole, with a preview, a ladder and a result", async () => {
    const { page, host, states } = wired();
    const { state } = await page.request("ready", {});
    expect(state).toEqual(panelState());
    const full = {
      ...panelState(),
      preview: panelPreview(),
      ladder: panelLadder(),
      result: panelResult(),
      run: { kind: "ladder" as const, progress: null },
    };
    host.emit("didChangeState", full);
    expect(states).toEqual([full]);
  });

  const hostile: readonly unknown[] = [
    null,
    "setWeight",
    [],
    { type: "request" },
    { type: "request", id: -1, name: "rewrite", params: {} },
    { type: "request", id: 1.5, name: "rewrite", params: {} },
    { type: "request", id: 1, name: "constructor", params: {} },
    { type: "request", id: 1, name: "__proto__", params: {} },
    { type: "request", id: 1, name: "didChangeState", params: {} },
    { type: "request", id: 1, name: "rewrite", params: { text: "something else" } },
    { type: "request", id: 1, name: "rewrite", params: null },
    { type: "request", id: 1, name: "setWeight", params: { tone: "expert", weight: 1.01 } },
    { type: "request", id: 1, name: "setWeight", params: { tone: "expert", weight: Number.NaN } },
    { type: "request", id: 1, name: "setWeight", params: { tone: "expert", weight: "1" } },
    { type: "request", id: 1, name: "setWeight", params: { tone: "", weight: 1 } },
    { type: "request", id: 1, name: "setWeight", params: { tone: "x".repeat(65), weight: 1 } },
    { type: "request", id: 1, name: "setSteering", params: { model: "/somewhere/else" } },
    { type: "request", id: 1, name: "setSteering", params: { method: "rm" } },
    { type: "request", id: 1, name: "setSteering", params: { alphaShare: 1.2 } },
    { type: "request", id: 1, name: "setSteering", params: { sites: [] } },
    { type: "request", id: 1, name: "setSteering", params: { steps: 0 } },
    { type: "request", id: 1, name: "savePreset", params: { name: "   " } },
    { type: "request", id: 1, name: "savePreset", params: { name: "x".repeat(61) } },
    { type: "request", id: 1, name: "applyRung", params: { index: 8 } },
    { type: "request", id: 1, name: "act", params: { action: "workbench.action.quit" } },
    { type: "event", name: "didChangeState", params: panelState() },
    { type: "event", name: "rewrite", params: {} },
  ];
  test.each(hostile.map((message) => [JSON.stringify(message), message]))(
    "refuses, reports and does nothing for %s",
    async (_shown, message) => {
      const { toHost, handled, refused } = wired();
      toHost(message);
      await Promise.resolve();
      expect(handled).toEqual([]);
      expect(refused.length).toBeGreaterThan(0);
    },
  );

  const broken: readonly Partial<Record<keyof PanelState, unknown>>[] = [
    { revision: undefined },
    { weights: { expert: 2 } },
    { engine: { state: "on fire", reason: null, message: "" } },
    { result: { ...panelResult(), tokens: -1 } },
    { ladder: { before: null, rungs: [{ strength: "strong" }] } },
    { pack: { ...panelState().pack, sites: [{ site: 1, depth: 2, accuracy: 0.5 }] } },
  ];
  test.each(broken.map((part) => [JSON.stringify(part), part]))(
    "does not let the page see a state with %s",
    (_shown, part) => {
      const { toPage, states, refused } = wired();
      const params = { ...panelState(), ...part };
      toPage({ type: "event", name: "didChangeState", params });
      expect(states).toEqual([]);
      expect(refused).toHaveLength(1);
    },
  );

  test("a state is valid JSON and structured clone safe", () => {
    const full = { ...panelState(), preview: panelPreview(), result: panelResult() };
    expect(v.parse(PanelState, JSON.parse(JSON.stringify(full)))).toEqual(full);
  });
});
