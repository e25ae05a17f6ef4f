import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { root } from "./root.mjs";

/**
 * Runs a program to its end without a shell, so that it behaves alike on every system.
 * @param {string} file
 * @param {string[]} args
 * @param {{cwd?: string, env?: Record<string, string | undefined>, quiet?: boolean}} [options]
 *   quiet: what it writes is given in the result instead of shown
 * @returns {Promise<{code: number, stdout: string, output: string}>} output: both streams as they came; code 127 when the
 *   program could not be started
 */
export function run(file, args, { cwd = root, env = {}, quiet = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: quiet ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"],
    });
    let stdout = "";
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      output += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text) => (output += text));
    child.once("error", (error) => resolve({ code: 127, stdout, output: output + error.message }));
    child.once("close", (code) => resolve({ code: code ?? 1, stdout, output }));
  });
}

/** Runs a JavaScript file with this Node. */
export const runNode = (script, args = [], options = {}) =>
  run(process.execPath, [script, ...args], options);

/**
 * npm as a JavaScript file, since `npm.cmd` cannot be started without a shell on Windows.
 * @returns {string} path of npm-cli.js
 */
export function npmCli() {
  const beside = path.dirname(process.execPath);
  const onPath = (process.env.PATH ?? "").split(path.delimiter).flatMap((folder) => {
    const link = path.join(folder, "npm");
    return process.platform !== "win32" && fs.existsSync(link) ? [fs.realpathSync(link)] : [];
  });
  const places = [
    process.env.npm_execpath ?? "",
    path.join(beside, "node_modules", "npm", "bin", "npm-cli.js"),
    path.join(beside, "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    ...onPath,
  ];
  const found = places.find((place) => place.endsWith("npm-cli.js") && fs.existsSync(place));
  if (!found)
    throw new Error("npm was not found. Install Node.js with npm from https://nodejs.org.");
  return found;
}

/** Runs npm with the arguments given. */
export const runNpm = (args, options = {}) => runNode(npmCli(), args, options);
