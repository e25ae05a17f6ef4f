import assert from "node:assert/strict";
import { setup, suite, suiteSetup, test } from "mocha";
import * as vscode from "vscode";
import type { TonesteerApi } from "../../src/extension";
import {
  closeAll,
  openText,
  prose,
  run,
  select,
  takeFirstRow,
  tonesteer,
  until,
} from "./editorForTests";

suite("the engine's process", function () {
  this.timeout(120_000); // the model, on a computer that may be busy
  let api: TonesteerApi;

  takeFirstRow();
  suiteSetup(async () => {
    api = await tonesteer();
  });
  setup(closeAll);

  test("killed while it writes, it loses nothing, and the next rewrite works soon", async () => {
    // On an idle computer the bound is 3 seconds; on a busy one what a start takes there counts.
    const beforeStart = Date.now();
    await run("restartEngine");
    const allowed = Math.max(3000, 2 * (Date.now() - beforeStart));
    const before = Array.from({ length: 8 }, () => prose).join("\n\n");
    const editor = await openText(before);
    await vscode.commands.executeCommand("editor.action.selectAll");
    const outcome = run("rewriteAs.expert");
    await until("it writes", () => api.engine.state.kind === "writing");
    const first = api.engine.processId;
    assert.ok(first);
    process.kill(first, "SIGKILL");
    const killed = Date.now();
    const ended = await outcome;
    assert.equal(ended.kind === "failed" && ended.reason, "engineCrashed", JSON.stringify(ended));
    assert.equal(editor.document.getText(), before);

    select(editor, prose);
    const next = run("rewriteAs.expert");
    await until("the new engine writes", () => {
      const state = api.rewrites.state;
      return state.kind === "running" && state.written !== "";
    });
    const written = Date.now() - killed;
    assert.equal((await next).kind, "applied");
    assert.notEqual(api.engine.processId, first);
    assert.ok(written < allowed, `first words after ${written} ms, allowed ${allowed} ms`);
  });

  test("restarting gives a new process that is ready", async () => {
    const first = api.engine.processId;
    await run("restartEngine");
    assert.equal(api.engine.state.kind, "ready");
    assert.notEqual(api.engine.processId, first);
  });
});
