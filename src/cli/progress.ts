// A bar on a terminal for what takes more than a second; nothing where nobody looks.

const waitMs = 1_000;
const redrawMs = 100;
const width = 30;

export class ProgressBar {
  readonly #label: string;
  readonly #isShown = process.stderr.isTTY;
  readonly #startedAt = performance.now();
  #drawnAt = 0;

  constructor(label: string) {
    this.#label = label;
  }

  /** Both in the same unit. */
  show(done: number, total: number): void {
    const now = performance.now();
    if (!this.#isShown || now - this.#startedAt < waitMs || now - this.#drawnAt < redrawMs) return;
    this.#drawnAt = now;
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const filled = Math.round(share * width);
    const bar = '#'.repeat(filled).padEnd(width, '.');
    process.stderr.write(`\r${this.#label} [${bar}] ${String(Math.floor(share * 100)).padStart(3)} %`);
  }

  /** What is being done now, where nobody knows how long it takes; drawn at once, since nothing else can be until it has ended. */
  note(text: string): void {
    if (!this.#isShown) return;
    this.#drawnAt = performance.now();
    process.stderr.write(`\r\u001b[K${this.#label}: ${text} …`);
  }

  /** Leaves an empty line behind. */
  end(): void {
    if (this.#drawnAt > 0) process.stderr.write('\r\u001b[K');
  }
}
