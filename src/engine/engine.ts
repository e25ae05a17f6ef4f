import { TonesteerError } from "../shared/errors";
import type {
  LadderRequest,
  LadderResult,
  OpenRequest,
  PackSummary,
  PassageResult,
  RewriteProgress,
  RewriteRequest,
  RewriteResult,
  ToneReading,
} from "../shared/engineProtocol";
import { calibratedSteering } from "../shared/steeringRequest";
import { isRewritable } from "../writing/language";
import type { Piece } from "../writing/passageText";
import { splitPassages } from "../writing/passages";
import { roundTripFloor } from "../writing/ranking";
import { throwIfCancelled } from "./generate";
import { planLadder, writeLadder } from "./ladder";
import type { LanguageModel } from "./languageModel";
import { openPack, type OpenPack, type PackHeads } from "./packStore";
import { summarise } from "./packSummary";
import { PassageReader } from "./passageReader";
import { PassageRewriter } from "./passageRewriter";
import { PromptCache } from "./promptCache";
import { PromptEncoder } from "./promptEncoder";
import { loadSteeredModel } from "./steeredModel";
import { planSteering, type GraphSteering, type SteeringPlan } from "./steeringPlan";
import { checkText, wholeTexts } from "./texts";
import { loadTokenizer, type Tokenizer } from "./tokenizer";
import { UnitRewriter, type UnitOptions } from "./unitRewriter";

/** What rewrites with one way of steering; made anew when sites, method or steps change. */
interface Writer {
  readonly key: string;
  readonly model: LanguageModel;
  readonly units: UnitRewriter;
  readonly passages: PassageRewriter;
  readonly reader: PassageReader;
}

export interface EngineOptions {
  /** Told what went wrong without stopping the work. */
  readonly onProblem: (message: string) => void;
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RewriteProgress) => void) | undefined;
}

/** An opened pack and its model: everything that a person can ask of them. */
export class Engine {
  private writer: Writer | undefined;

  private constructor(
    private readonly opened: OpenPack,
    private readonly heads: PackHeads,
    private readonly tokenizer: Tokenizer,
    private readonly prompts: PromptEncoder,
    private readonly request: OpenRequest,
    private readonly options: EngineOptions,
  ) {}

  /** Checks the pack and loads its model with the calibrated steering. */
  static async open(request: OpenRequest, options: EngineOptions): Promise<Engine> {
    const opened = await openPack(request.packFolder, { cacheFolder: request.cacheFolder });
    const [heads, tokenizer] = await Promise.all([opened.heads(), loadTokenizer(opened.folder)]);
    const prompts = new PromptEncoder(tokenizer, opened.pack.prompt);
    const engine = new Engine(opened, heads, tokenizer, prompts, request, options);
    await engine.calibratedWriter();
    return engine;
  }

  get summary(): PackSummary {
    return summarise(this.opened.pack, this.heads);
  }

  /**
   * Rewrites all prose of a text; everything else stays byte for byte.
   * @throws TonesteerError emptyText, textTooLong, badRequest, cancelled
   */
  async rewrite(request: RewriteRequest, run: RunOptions = {}): Promise<RewriteResult> {
    const { plan, writer, pieces } = await this.prepare(request);
    const passages = pieces.filter((piece) => piece.kind === "passage").length;
    const started = performance.now();
    let tokens = 0;
    let passage = 0;
    const done: { results: PassageResult[]; texts: string[][] } = { results: [], texts: [] };
    for (const piece of pieces) {
      if (piece.kind === "verbatim") {
        done.texts.push([piece.text]);
        continue;
      }
      throwIfCancelled(run.signal);
      const tell = (written: string) => {
        const seconds = (performance.now() - started) / 1000;
        const tokensPerSecond = tokens / Math.max(seconds, 1e-3);
        run.onProgress?.({ passage, passages, written, tokens, tokensPerSecond });
      };
      if (!request.anyLanguage && !isRewritable(piece.prose, this.opened.pack.languages)) {
        done.results.push(await this.leaveForLanguage(writer, piece.prose, run.signal));
        done.texts.push([piece.text]);
      } else {
        const { result, alternatives } = await writer.passages.rewrite(piece.prose, {
          ...this.unitOptions(request, plan, run),
          alternatives: request.alternatives,
          onWritten: tell,
          onToken: () => tokens++,
        });
        done.results.push(result);
        done.texts.push([result.after, ...alternatives].map((prose) => piece.assemble(prose)));
      }
      passage++;
    }
    const seconds = (performance.now() - started) / 1000;
    const [text, ...alternatives] = wholeTexts(done.texts, request.alternatives);
    return {
      text: text!,
      passages: done.results,
      alternatives,
      tokens,
      tokensPerSecond: tokens / Math.max(seconds, 1e-3),
      seconds,
    };
  }

  /** The first passage of a text at several strengths, as rows of one batch. */
  async ladder(request: LadderRequest, run: RunOptions = {}): Promise<LadderResult> {
    checkText(request.text);
    const pieces = splitPassages(request.text, request.format);
    const at = pieces.findIndex(({ kind }) => kind === "passage");
    const piece = pieces[at];
    if (piece?.kind !== "passage") {
      throw new TonesteerError(
        "emptyText",
        "There is no prose here to rewrite. Select some first.",
      );
    }
    if (!request.anyLanguage && !isRewritable(piece.prose, this.opened.pack.languages)) {
      throw new TonesteerError(
        "badRequest",
        "The text is in a language that the model was not trained for; select other text, or allow any language.",
      );
    }
    const planAt = planLadder(request.steering, this.opened.pack, this.heads);
    const writer = await this.writerFor(planAt(1).graph);
    const rungs = await writeLadder(
      piece.prose,
      request.strengths,
      planAt,
      writer,
      this.unitOptions(request, planAt(1), run),
    );
    const text = (prose: string) =>
      pieces.map((each, i) => (i === at ? piece.assemble(prose) : each.text)).join("");
    return { rungs: rungs.map((rung) => ({ ...rung, text: text(rung.text) })) };
  }

  /** What the classifier reads in a text, tone by tone. */
  async readTones(text: string, { signal }: RunOptions = {}): Promise<ToneReading> {
    checkText(text);
    const writer = this.writer ?? (await this.calibratedWriter());
    const [reading] = await writer.reader.tonesAlone([text], signal);
    return { ...reading!.probabilities };
  }

  async dispose(): Promise<void> {
    await this.writer?.model.dispose();
    this.writer = undefined;
  }

  private async prepare(
    request: RewriteRequest,
  ): Promise<{ plan: SteeringPlan; writer: Writer; pieces: Piece[] }> {
    checkText(request.text);
    const plan = planSteering(request.steering, this.opened.pack, this.heads);
    const pieces = splitPassages(request.text, request.format);
    return { plan, writer: await this.writerFor(plan.graph), pieces };
  }

  private unitOptions(
    request: RewriteRequest,
    plan: SteeringPlan,
    { signal }: RunOptions,
  ): UnitOptions {
    const { roundTripFloor: packFloor } = this.opened.pack.steering.ranking;
    return {
      plan,
      generation: request.generation,
      floor: roundTripFloor(packFloor, request.fidelity),
      wantAlternatives: request.alternatives > 0,
      signal,
      onWritten: () => {},
      onToken: () => {},
    };
  }

  private async leaveForLanguage(
    writer: Writer,
    prose: string,
    signal: AbortSignal | undefined,
  ): Promise<PassageResult> {
    const [reading] = await writer.reader.tonesAlone([prose], signal);
    const tones = { ...reading!.probabilities };
    return {
      before: prose,
      after: prose,
      changed: false,
      reason: "language",
      units: [],
      checks: [],
      roundTrip: null,
      tones: { before: tones, after: { ...tones } },
    };
  }

  private calibratedWriter(): Promise<Writer> {
    const anyTone = { [this.heads.labels[0]!]: 1 };
    const plan = planSteering(calibratedSteering(anyTone), this.opened.pack, this.heads);
    return this.writerFor(plan.graph);
  }

  private async writerFor(steering: GraphSteering): Promise<Writer> {
    const key = JSON.stringify(steering);
    if (this.writer?.key === key) return this.writer;
    const model = await loadSteeredModel(this.opened, this.heads, steering, {
      cacheFolder: this.request.cacheFolder,
      threads: this.request.threads,
      onProblem: this.options.onProblem,
    });
    await this.writer?.model.dispose();
    const { pack } = this.opened;
    const readingHeads = this.heads.sites.get(pack.steering.ranking.readingSite)!;
    const cache = new PromptCache(model, this.prompts);
    const { labels } = this.heads;
    const reader = new PassageReader(model, this.prompts, cache, readingHeads, labels);
    const units = new UnitRewriter(model, this.tokenizer, this.prompts, cache, reader, pack);
    const passages = new PassageRewriter(units, reader, this.prompts, pack);
    this.writer = { key, model, units, passages, reader };
    return this.writer;
  }
}
