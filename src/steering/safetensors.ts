import { TonesteerError } from "../shared/errors";

/** A parsed safetensors file. Tensors are decoded on demand; the bytes are never changed. */
export interface SafetensorsFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly names: readonly string[];
  /** Shape of a tensor, `[]` for a scalar, `undefined` where the file lacks it. */
  shape(name: string): readonly number[] | undefined;
  /** A tensor as float32 in row-major order. Throws `modelCorrupt` if it is missing or not F32, F16 or BF16. */
  read(name: string): Float32Array;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Bytes an element takes, for the types the format names. Only the floats of 2 and 4 bytes are read. */
const elementBytes: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
};

/** The reference implementation refuses longer headers too. */
const maximumHeaderBytes = 100_000_000;

/**
 * Reads a safetensors file: 8 bytes of header length, a JSON header, then the tensors' bytes
 * (https://github.com/huggingface/safetensors, section Format). Everything is little endian.
 *
 * Throws `modelCorrupt` when the header is not valid, a tensor's bytes lie outside the file or
 * do not fit its shape, or the tensors leave holes or overlap.
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  if (bytes.byteLength < 8) throw corrupt("it is shorter than its header length");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getBigUint64(0, true);
  if (headerBytes > BigInt(Math.min(maximumHeaderBytes, bytes.byteLength - 8))) {
    throw corrupt("its header is longer than the file");
  }
  const dataStart = 8 + Number(headerBytes);
  const { entries, metadata } = readHeader(bytes.subarray(8, dataStart));
  const data = new Uint8Array(
    bytes.buffer,
    bytes.byteOffset + dataStart,
    bytes.byteLength - dataStart,
  );
  checkLayout(entries, data.byteLength);

  return {
    metadata,
    names: [...entries.keys()],
    shape: (name) => entries.get(name)?.shape,
    read(name) {
      const entry = entries.get(name);
      if (!entry) throw corrupt(`it has no tensor "${name}"`);
      return decode(name, entry, data);
    },
  };
}

function readHeader(bytes: Uint8Array): {
  entries: Map<string, Entry>;
  metadata: Record<string, string>;
} {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw corrupt("its header is not valid JSON");
  }
  if (!isObject(header)) throw corrupt("its header is not a JSON object");

  const entries = new Map<string, Entry>();
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name !== "__metadata__") {
      entries.set(name, readEntry(name, value));
      continue;
    }
    if (!isObject(value)) throw corrupt("its metadata is not a JSON object");
    for (const [key, text] of Object.entries(value)) {
      if (typeof text !== "string") throw corrupt(`its metadata "${key}" is not a text`);
      metadata[key] = text;
    }
  }
  return { entries, metadata };
}

function readEntry(name: string, value: unknown): Entry {
  if (!isObject(value)) throw corrupt(`tensor "${name}" has no description`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(elementBytes, dtype)) {
    throw corrupt(`tensor "${name}" has an unknown type`);
  }
  if (!isCounts(shape)) throw corrupt(`tensor "${name}" has no valid shape`);
  if (!isCounts(offsets) || offsets.length !== 2) {
    throw corrupt(`tensor "${name}" has no valid offsets`);
  }
  const [begin, end] = offsets as [number, number];
  const elements = shape.reduce((product, size) => product * size, 1);
  if (end - begin !== elements * elementBytes[dtype]!) {
    throw corrupt(`tensor "${name}" has bytes that do not fit its shape`);
  }
  return { dtype, shape, begin, end };
}

/** The format allows neither holes nor overlaps, so a truncated or padded file is always seen. */
function checkLayout(entries: Map<string, Entry>, dataBytes: number): void {
  const ordered = [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let expected = 0;
  for (const [name, entry] of ordered) {
    if (entry.begin !== expected) throw corrupt(`tensor "${name}" does not follow the one before`);
    if (entry.end > dataBytes) throw corrupt(`tensor "${name}" lies outside the file`);
    expected = entry.end;
  }
  if (expected !== dataBytes) throw corrupt("it has bytes that belong to no tensor");
}

/**
 * Bytes are copied first, since tensors need not be aligned; reading them through typed arrays takes
 * the host to be little endian, as every platform with an ONNX Runtime binary is.
 */
function decode(name: string, entry: Entry, data: Uint8Array): Float32Array {
  const bytes = data.slice(entry.begin, entry.end).buffer;
  switch (entry.dtype) {
    case "F32":
      return new Float32Array(bytes);
    case "F16": {
      const bits = new Uint16Array(bytes);
      const values = new Float32Array(bits.length);
      const table = halfTable();
      for (let i = 0; i < bits.length; i++) values[i] = table[bits[i]!]!;
      return values;
    }
    case "BF16": {
      // A bfloat16 is the upper half of a float32.
      const upper = new Uint16Array(bytes);
      const bits = new Uint32Array(upper.length);
      for (let i = 0; i < bits.length; i++) bits[i] = upper[i]! << 16;
      return new Float32Array(bits.buffer);
    }
    default:
      throw corrupt(`tensor "${name}" is ${entry.dtype}, not F32, F16 or BF16`);
  }
}

/** The value of an IEEE 754 binary16 given by its 16 bits. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let halves: Float32Array | undefined;

/** All 65,536 halves: a pack holds millions, and a look-up decodes them several times faster. */
function halfTable(): Float32Array {
  if (halves) return halves;
  halves = new Float32Array(0x10000);
  for (let bits = 0; bits < halves.length; bits++) halves[bits] = halfToFloat(bits);
  return halves;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function corrupt(what: string): TonesteerError {
  return new TonesteerError(
    "modelCorrupt",
    `The safetensors file is damaged: ${what}. Install the model again.`,
  );
}
