import assert from "node:assert/strict";
import { setup, suite, suiteSetup, teardown, test } from "mocha";
import * as vscode from "vscode";
import type { TonesteerApi } from "../../src/extension";
import {
  closeAll,
  openFile,
  openText,
  prose,
  run,
  secondProse,
  select,
  setting,
  takeFirstRow,
  tonesteer,
  undo,
  until,
} from "./editorForTests";

suite("rewriting in place", function () {
  this.timeout(120_000); // the model, on a computer that may be busy
  let api: TonesteerApi;

  takeFirstRow();
  suiteSetup(async () => {
    api = await tonesteer();
  });
  setup(closeAll);
  teardown(() => api.rewrites.stop());

  test("rewrites the selection and nothing else, and one undo gives every byte back", async () => {
    const before = `A title\n\n${secondProse}\n\n\tThe end, untouched.  \n`;
    const editor = await openText(before);
    select(editor, secondProse);
    const outcome = await run("rewriteAs.empathetic");
    const after = editor.document.getText();
    assert.equal(outcome.kind, "applied", JSON.stringify(outcome));
    assert.notEqual(after, before);
    assert.ok(after.startsWith("A title\n\n"));
    assert.ok(after.endsWith("\n\n\tThe end, untouched.  \n"));
    assert.match(after, /14 March/u);
    await undo();
    assert.equal(editor.document.getText(), before);
  });

  test("takes the paragraph at the cursor when nothing is selected", async () => {
    const before = `${prose}\n\n${secondProse}\n`;
    const editor = await openText(before);
    editor.selection = new vscode.Selection(2, 5, 2, 5);
    assert.equal((await run("rewriteAs.casual")).kind, "applied");
    const after = editor.document.getText();
    assert.ok(after.startsWith(`${prose}\n\n`));
    assert.ok(!after.includes(secondProse));
  });

  test("says so when there is nothing to rewrite", async () => {
    const editor = await openText("\n\n\n");
    const outcome = await run("rewriteAs.casual");
    assert.equal(outcome.kind === "failed" && outcome.reason, "emptyText");
    assert.equal(editor.document.getText(), "\n\n\n");
  });

  test("writes several selections as one undo step", async () => {
    const before = `${prose}\n\nkeep this line\n\n${secondProse}\n`;
    const editor = await openText(before);
    select(editor, secondProse, prose);
    assert.equal((await run("rewriteAs.empathetic")).kind, "applied");
    const after = editor.document.getText();
    assert.ok(!after.includes(prose) && !after.includes(secondProse), after);
    assert.ok(after.includes("\n\nkeep this line\n\n"));
    await undo();
    assert.equal(editor.document.getText(), before);
  });

  test("keeps CRLF in the document", async () => {
    const before = `First.\r\n\r\n${prose}\r\n${secondProse}\r\n\r\nLast.\r\n`;
    const editor = await openFile("crlf.txt", before);
    assert.equal(editor.document.eol, vscode.EndOfLine.CRLF);
    editor.selection = new vscode.Selection(2, 0, 3, 10_000);
    assert.equal((await run("rewriteAs.empathetic")).kind, "applied");
    const after = editor.document.getText();
    assert.equal(after.replaceAll("\r\n", "").includes("\n"), false);
    await editor.document.save();
    const bytes = await vscode.workspace.fs.readFile(editor.document.uri);
    assert.equal(new TextDecoder().decode(bytes), after);
    await undo();
    assert.equal(editor.document.getText(), before);
  });

  test("stopping leaves the document untouched, at once", async () => {
    const before = Array.from({ length: 12 }, () => prose).join("\n\n");
    const editor = await openText(before);
    await vscode.commands.executeCommand("editor.action.selectAll");
    const outcome = run("rewriteAs.expert");
    await until("words appear", () => {
      const state = api.rewrites.state;
      return state.kind === "running" && state.written !== "";
    });
    const asked = Date.now();
    await run("stop");
    assert.equal((await outcome).kind, "stopped");
    assert.ok(Date.now() - asked < 500, `${Date.now() - asked} ms`);
    assert.equal(editor.document.getText(), before);
    assert.equal(editor.document.version, 1);
  });

  test("refuses when the text was changed meanwhile", async () => {
    const editor = await openText(`Before.\n\n${prose}\n`);
    select(editor, prose);
    const outcome = run("rewriteAs.empathetic");
    await until("it runs", () => api.rewrites.state.kind === "running");
    await editor.edit((edit) => edit.insert(new vscode.Position(2, 4), "changed "));
    const edited = editor.document.getText();
    const ended = await outcome;
    assert.equal(
      ended.kind === "failed" && ended.reason,
      "selectionChanged",
      `${JSON.stringify(ended)}\n${editor.document.getText()}`,
    );
    assert.equal(editor.document.getText(), edited);
  });

  test("follows the text when it was moved meanwhile, in the editor it began in", async () => {
    const editor = await openText(`Before.\n\n${prose}\n`);
    select(editor, prose);
    const outcome = run("rewriteAs.empathetic");
    await until("it runs", () => api.rewrites.state.kind === "running");
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), "Moved down.\n\n"));
    const other = await openText("Another document, which has the focus now.");
    assert.equal((await outcome).kind, "applied");
    const after = editor.document.getText();
    assert.ok(after.startsWith("Moved down.\n\nBefore.\n\n"), after);
    assert.ok(!after.includes(prose));
    assert.equal(other.document.getText(), "Another document, which has the focus now.");
  });

  test("leaves a read-only editor alone and says so", async () => {
    const editor = await openFile("locked.txt", `${prose}\n`);
    await vscode.commands.executeCommand("workbench.action.files.setActiveEditorReadonlyInSession");
    select(editor, prose);
    const outcome = await run("rewriteAs.empathetic");
    assert.equal(outcome.kind === "failed" && outcome.reason, "readOnly", JSON.stringify(outcome));
    assert.equal(editor.document.getText(), `${prose}\n`);
  });

  test("refuses a read-only document before the model is asked", async () => {
    const provider = vscode.workspace.registerTextDocumentContentProvider("tonesteer-test", {
      provideTextDocumentContent: () => `${prose}\n`,
    });
    try {
      const editor = await vscode.window.showTextDocument(vscode.Uri.parse("tonesteer-test:a.txt"));
      select(editor, prose);
      const states: string[] = [];
      const listening = api.rewrites.onDidChangeState(({ kind }) => states.push(kind));
      const outcome = await run("rewriteAs.empathetic");
      listening.dispose();
      assert.equal(
        outcome.kind === "failed" && outcome.reason,
        "readOnly",
        JSON.stringify(outcome),
      );
      assert.deepEqual(states, []);
    } finally {
      provider.dispose();
    }
  });

  test("rewrites a Markdown cell of a notebook, and its code stays", async () => {
    const cell = (kind: vscode.NotebookCellKind, text: string, language: string) =>
      new vscode.NotebookCellData(kind, text, language);
    const notebook = await vscode.workspace.openNotebookDocument(
      "jupyter-notebook",
      new vscode.NotebookData([
        cell(vscode.NotebookCellKind.Code, "print('code')", "python"),
        cell(vscode.NotebookCellKind.Markup, `# Note\n\n${prose}`, "markdown"),
      ]),
    );
    const editor = await vscode.window.showNotebookDocument(notebook);
    editor.selections = [new vscode.NotebookRange(1, 2)];
    const outcome = await run("rewriteAs.empathetic");
    assert.equal(outcome.kind, "applied", JSON.stringify(outcome));
    const after = notebook.cellAt(1).document.getText();
    assert.ok(after.startsWith("# Note\n\n") || after.startsWith("# "), after);
    assert.ok(!after.includes(prose));
    assert.equal(notebook.cellAt(0).document.getText(), "print('code')");
  });

  test("a bad setting counts as its default", async () => {
    const editor = await openText(`${prose}\n`);
    await setting("steering.alpha", "much");
    try {
      select(editor, prose);
      assert.equal((await run("rewriteAs.empathetic")).kind, "applied");
    } finally {
      await setting("steering.alpha", undefined);
    }
  });

  test("settings count at once: alpha 0 writes something else than the calibrated one", async () => {
    const editor = await openText(`${prose}\n`);
    const rewritten = async () => {
      select(editor, prose);
      await run("rewriteAs.casual");
      const text = editor.document.getText();
      if (text !== `${prose}\n`) await undo();
      assert.equal(editor.document.getText(), `${prose}\n`);
      return text;
    };
    const calibrated = await rewritten();
    assert.equal(await rewritten(), calibrated, "the same seed gives the same text");
    await setting("steering.alpha", 0);
    await setting("steering.toneInstruction", "off");
    try {
      assert.notEqual(await rewritten(), calibrated);
    } finally {
      await setting("steering.alpha", undefined);
      await setting("steering.toneInstruction", undefined);
    }
  });

  test("a tone that the model does not know is refused with the ones it knows", async () => {
    const editor = await openText(`${prose}\n`);
    select(editor, prose);
    const outcome = await run("rewriteAs", { grumpy: 1 });
    assert.ok(outcome.kind === "failed");
    assert.equal(outcome.reason, "badRequest");
    assert.match(outcome.message, /grumpy.*empathetic/u);
  });
});
