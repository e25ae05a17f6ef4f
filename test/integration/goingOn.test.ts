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
} from "./editorForTests";

suite("going on from a rewrite", function () {
  this.timeout(120_000); // the model, on a computer that may be busy
  let api: TonesteerApi;

  takeFirstRow();
  suiteSetup(async () => {
    api = await tonesteer();
  });
  setup(closeAll);

  test("undo of the command takes it back, also after other edits and from elsewhere", async () => {
    const editor = await openText(`${prose}\n\nThe rest.\n`);
    select(editor, prose);
    await run("rewriteAs.empathetic");
    assert.ok(!editor.document.getText().includes(prose));
    await editor.edit((edit) => edit.insert(new vscode.Position(2, 0), "Typed later. "));
    await openText("Another document.");
    assert.equal(api.rewrites.canUndo, true);
    assert.equal(await vscode.commands.executeCommand("tonesteer.undo"), true);
    assert.equal(editor.document.getText(), `${prose}\n\nTyped later. The rest.\n`);
    assert.equal(api.rewrites.canUndo, false);
  });

  test("the result can be gone on from: gentler works on the source, in the same place", async () => {
    const editor = await openText(`${prose}\n\nThe rest.\n`);
    select(editor, prose);
    const first = await run("rewriteAs.empathetic");
    const written = editor.document.getText();
    const second = await run("gentler");
    assert.ok(
      first.kind === "applied" && (second.kind === "applied" || second.kind === "unchanged"),
    );
    if (second.kind === "applied") {
      assert.equal(second.summary.characters.before, prose.length);
      assert.ok(editor.document.getText().endsWith("\n\nThe rest.\n"));
    } else assert.equal(editor.document.getText(), written);
  });

  test("the last result is kept for the panel, in figures only", async () => {
    const editor = await openText(prose);
    select(editor, prose);
    await run("rewriteAs.empathetic");
    const result = api.store.lastResult;
    assert.equal(result?.units.total, 1);
    assert.deepEqual(result?.weights, { empathetic: 1 });
    assert.ok(!JSON.stringify(result).includes("application"));
  });

  test("a comment in code is rewritten and not a character of the code", async () => {
    const code = `import fs from "node:fs";\n\n// ${secondProse}\nconst count = 3; // stays\n`;
    const editor = await openText(code, "typescript");
    await vscode.commands.executeCommand("editor.action.selectAll");
    assert.equal((await run("rewriteAs.empathetic")).kind, "applied");
    const after = editor.document.getText();
    assert.ok(after.startsWith('import fs from "node:fs";\n\n// '), after);
    assert.ok(after.endsWith("\nconst count = 3; // stays\n"), after);
    assert.ok(!after.includes(secondProse));
  });

  test("the light bulb offers each tone over selected text, and none without", async () => {
    const editor = await openText(`${prose}\n`);
    const offered = async (range: vscode.Range) => {
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        "vscode.executeCodeActionProvider",
        editor.document.uri,
        range,
        vscode.CodeActionKind.RefactorRewrite.value,
      );
      return actions.filter(({ command }) => command?.command === "tonesteer.rewriteAs");
    };
    const [first, ...others] = await offered(new vscode.Range(0, 0, 0, prose.length));
    assert.equal(others.length, 6);
    assert.deepEqual(first?.command?.arguments, [{ neutral: 1 }]);
    assert.deepEqual(await offered(new vscode.Range(0, 3, 0, 3)), []);
  });

  test("a document is rewritten by its passages, its markup stays, and cursors elsewhere too", async () => {
    const markdown = `# ${"A heading of a few words"}\n\n${prose}\n\n\`\`\`js\ncode();\n\`\`\`\n\nLast line [x](y).\n`;
    const editor = await openText(markdown, "markdown");
    editor.selection = new vscode.Selection(5, 2, 5, 4);
    await api.store.setWeights({ empathetic: 1 });
    try {
      assert.equal((await run("rewriteDocument")).kind, "applied");
    } finally {
      await api.store.setWeights({});
    }
    const after = editor.document.getText();
    assert.ok(after.includes("\n\n```js\ncode();\n```\n\n"), after);
    assert.ok(after.startsWith("# "));
    assert.ok(!after.includes(prose));
    assert.equal(editor.document.getText(editor.selection), "de");
  });

  test("a commit message is rewritten in its box, its trailer stays", async () => {
    const source = vscode.scm.createSourceControl("tonesteer-test", "Test");
    try {
      const message = `Fix the upload\n\n${prose}\n\nSigned-off-by: A. Person <a@example.org>`;
      source.inputBox.value = message;
      await api.store.setWeights({ empathetic: 1 });
      await run("rewriteMessage", source);
      const written = source.inputBox.value;
      assert.notEqual(written, message);
      assert.ok(written.endsWith("\n\nSigned-off-by: A. Person <a@example.org>"), written);
    } finally {
      await api.store.setWeights({});
      source.dispose();
    }
  });

  test("no key of the extension overwrites one of the editor's", async () => {
    await vscode.commands.executeCommand("workbench.action.openDefaultKeybindingsFile");
    const text = vscode.window.activeTextEditor?.document.getText() ?? "";
    const json = text.replace(/^\s*\/\/.*$/gmu, "");
    const entries = JSON.parse(json) as { key: string; command: string; when?: string }[];
    assert.ok(entries.length > 300, `${entries.length} keys`);
    // Keys that count whenever one writes; those of menus, terminals and the like do not meet ours.
    const general = new Set([
      "editorTextFocus",
      "textInputFocus",
      "editorFocus",
      "!editorReadonly",
    ]);
    const always = (when = "") =>
      when.split("&&").every((part) => part === "" || general.has(part.trim()));
    const taken = new Map(
      entries
        .filter(({ command, when }) => !command.startsWith("tonesteer.") && always(when))
        .map(({ key, command }) => [key, command]),
    );
    assert.equal(taken.get("ctrl+enter"), "editor.action.insertLineAfter");
    const extension = vscode.extensions.getExtension("tonesteer.tonesteer");
    const own = extension?.packageJSON.contributes.keybindings as { key: string; when: string }[];
    for (const { key, when } of own) {
      // Escape leaves whatever is going on; ours counts only while something of ours is.
      if (key === "escape") assert.match(when, /tonesteer:is(Rewriting|Previewing)/u);
      else assert.equal(taken.get(key), undefined, `${key} is ${taken.get(key)}`);
    }
  });
});
