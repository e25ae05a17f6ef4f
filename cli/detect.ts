import { bar, exitCodes, modelOptions, openEngine, readText, runProgram } from "./program";
import { parse, type Command } from "./usage";

const command: Command = {
  name: "detect",
  summary: "Shows which tones the model's classifier reads in a text.",
  operand: "[FILE|-]",
  options: {
    json: { type: "boolean", help: "Write the probabilities as JSON." },
    ...modelOptions,
  },
  notes: "Exit codes: 0 read, 1 failed, 2 bad usage.",
};

async function main(): Promise<number> {
  const given = parse(command, process.argv.slice(2));
  const text = await readText(given.operands);
  const engine = await openEngine(given);
  try {
    const tones = await engine.readTones(text);
    if (given.flag("json")) {
      process.stdout.write(`${JSON.stringify(tones, null, 2)}\n`);
      return exitCodes.done;
    }
    const width = Math.max(...Object.keys(tones).map(({ length }) => length));
    for (const [tone, value] of Object.entries(tones)) {
      process.stdout.write(
        `${tone.padEnd(width)} ${bar(value)} ${(100 * value).toFixed(0).padStart(3)} %\n`,
      );
    }
    return exitCodes.done;
  } finally {
    await engine.dispose();
  }
}

void runProgram(main);
