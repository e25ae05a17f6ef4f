import { parseArgs, type ParseArgsConfig } from "node:util";
import { TonesteerError } from "../src/shared/errors";

/** One option of a command, as `parseArgs` and the help need it. */
export interface Option {
  readonly type: "string" | "boolean";
  readonly multiple?: boolean;
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly help: string;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly operand: string;
  readonly options: Readonly<Record<string, Option>>;
  readonly notes: string;
}

export interface Arguments {
  readonly text: (name: string) => string | undefined;
  readonly texts: (name: string) => readonly string[];
  readonly flag: (name: string) => boolean;
  readonly number: (name: string) => number | null;
  /** One of a list, or the first if it is not given. */
  readonly choice: <T extends string>(name: string, choices: readonly T[]) => T;
  readonly operands: readonly string[];
}

export function parse(command: Command, argv: readonly string[]): Arguments {
  const options: ParseArgsConfig["options"] = { help: { type: "boolean", short: "h" } };
  for (const [name, { type, multiple }] of Object.entries(command.options)) {
    options[name] = { type, multiple: multiple ?? false };
  }
  let parsed;
  try {
    parsed = parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (error) {
    throw usage(`${(error as Error).message} Run "npm run -s ${command.name} -- --help".`);
  }
  const { values, positionals } = parsed;
  if (values["help"]) throw new HelpWanted(help(command));
  const text = (name: string) => values[name] as string | undefined;
  return {
    text,
    texts: (name) => (values[name] as string[] | undefined) ?? [],
    flag: (name) => values[name] === true,
    number(name) {
      const value = text(name);
      if (value === undefined) return null;
      const number = value.trim() === "" ? NaN : Number(value);
      if (!Number.isFinite(number)) throw usage(`--${name} must be a number, not "${value}".`);
      return number;
    },
    choice(name, choices) {
      const value = text(name) ?? choices[0]!;
      const found = choices.find((choice) => choice === value);
      if (!found) throw usage(`--${name} must be one of ${choices.join(", ")}, not "${value}".`);
      return found;
    },
    operands: positionals,
  };
}

/** Thrown to leave with the help text and exit code 0. */
export class HelpWanted extends Error {}

export function usage(message: string): TonesteerError {
  return new TonesteerError("badRequest", message);
}

function help({ name, summary, operand, options, notes }: Command): string {
  const rows = Object.entries(options).map(([option, { value, help }]) => [
    `  --${option}${value ? ` ${value}` : ""}`,
    help,
  ]);
  const width = Math.max(...rows.map(([left]) => left!.length)) + 2;
  return [
    summary,
    "",
    `Usage: npm run -s ${name} -- [options] ${operand}`,
    "",
    ...rows.map(([left, right]) => left!.padEnd(width) + right),
    `${"  --help".padEnd(width)}Show this text.`,
    "",
    notes,
  ].join("\n");
}
