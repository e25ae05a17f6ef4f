import assert from "node:assert/strict";
import { setup, suite, suiteSetup, test } from "mocha";
import * as vscode from "vscode";
import type { TonesteerApi } from "../../src/extension";
import {
  closeAll,
  openText,
  prose,
  run,
  secondProse,
  select,
  takeFirstRow,
  tonesteer,
  undo,
  until,
} from "./editorForTests";

suite("the preview", function () {
  this.timeout(120_000); // the model, on a computer that may be busy
  let api: TonesteerApi;
  const before = `Before.\n\n${prose}\n\nAfter.\n`;

  takeFirstRow({ apply: "preview" });
  suiteSetup(async () => {
    api = await tonesteer();
  });
  setup(async () => {
    api.rewrites.reject();
    await closeAll();
  });

  async function previewed(): Promise<vscode.TextEditor> {
    const editor = await openText(before);
    select(editor, prose);
    const outcome = await run("rewriteAs.empathetic");
    assert.equal(outcome.kind, "previewed", JSON.stringify(outcome));
    assert.equal(editor.document.getText(), before);
    assert.equal(editor.document.isDirty, true); // an untitled document with content is
    assert.equal(editor.document.version, 1);
    return editor;
  }

  test("writes nothing until accepted, and then what was shown, as one undo step", async () => {
    const editor = await previewed();
    const shown = api.preview.texts?.[0];
    assert.ok(shown && shown !== prose);
    assert.equal((await run("accept")).kind, "applied");
    assert.equal(editor.document.getText(), before.replace(prose, shown));
    assert.equal(api.preview.shown, undefined);
    await undo();
    assert.equal(editor.document.getText(), before);
  });

  test("rejecting leaves the document untouched", async () => {
    const editor = await previewed();
    await run("reject");
    assert.equal(api.preview.shown, undefined);
    assert.equal(editor.document.version, 1);
  });

  test("has its buttons above the passage, and follows it", async () => {
    const editor = await previewed();
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), "Edited elsewhere.\n"));
    assert.ok(api.preview.shown, "an edit elsewhere dropped the preview");
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      "vscode.executeCodeLensProvider",
      editor.document.uri,
      10,
    );
    const own = lenses.filter(({ command }) => command?.command.startsWith("tonesteer."));
    assert.deepEqual(
      own.map(({ command }) => command?.command.replace("tonesteer.", "")),
      ["accept", "reject", "nextAlternative", "stronger", "gentler", "showDiff"],
    );
    for (const { range } of own) assert.equal(range.start.line, 3);
    const shown = api.preview.texts?.[0];
    await run("accept");
    assert.equal(
      editor.document.getText(),
      `Edited elsewhere.\n${before}`.replace(prose, shown ?? ""),
    );
  });

  test("accepting after the passage was changed is refused", async () => {
    const editor = await previewed();
    await editor.edit((edit) => edit.insert(new vscode.Position(2, 3), "x"));
    const outcome = await run("accept");
    assert.equal(outcome.kind === "failed" && outcome.reason, "selectionChanged");
    assert.equal(
      editor.document.getText(),
      before.replace(prose, `${prose.slice(0, 3)}x${prose.slice(3)}`),
    );
  });

  test("the diff shows the document as it would be, and closes with the preview", async () => {
    const editor = await previewed();
    const shown = api.preview.texts?.[0] ?? "";
    await run("showDiff");
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputTextDiff);
    const proposal = await vscode.workspace.openTextDocument(input.modified);
    assert.equal(proposal.getText(), before.replace(prose, shown));
    await run("reject");
    assert.equal(editor.document.getText(), before);
    await until("the diff is closed", () => {
      const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
      return !tabs.some((tab) => tab.input instanceof vscode.TabInputTextDiff);
    });
  });

  test("accepting from the diff goes back to the source and puts the text in", async () => {
    const editor = await previewed();
    const shown = api.preview.texts?.[0] ?? "";
    await run("showDiff");
    assert.equal((await run("accept")).kind, "applied");
    assert.equal(editor.document.getText(), before.replace(prose, shown));
    assert.equal(vscode.window.activeTextEditor?.document, editor.document);
    await undo();
    assert.equal(editor.document.getText(), before);
  });

  test("opens the diff by itself where marks in a long wrapped line would be cut off", async () => {
    const long = `${prose} ${secondProse} It is what it is, they said.`;
    const configuration = vscode.workspace.getConfiguration("editor");
    await configuration.update("wordWrap", "on", vscode.ConfigurationTarget.Global);
    try {
      const editor = await openText(long);
      assert.equal((await run("rewriteAs.empathetic")).kind, "previewed");
      await until("the diff is open", () => {
        const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
        return input instanceof vscode.TabInputTextDiff;
      });
      assert.equal(editor.document.getText(), long);
    } finally {
      await configuration.update("wordWrap", undefined, vscode.ConfigurationTarget.Global);
    }
  });

  test("stronger writes another version of the same source", async () => {
    const editor = await previewed();
    const outcome = await run("gentler");
    assert.ok(outcome.kind === "previewed" || outcome.kind === "unchanged", outcome.kind);
    assert.equal(editor.document.getText(), before);
    assert.deepEqual(api.preview.shown?.target.sources, [prose]);
  });
});
