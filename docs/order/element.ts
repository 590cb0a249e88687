import type { FromWorker, Judged, ToWorker } from "./protocol.ts";
import type { Turns } from "./race.ts";
import { STYLE } from "./style.ts";
import { bars, chips, page } from "./template.ts";
import { at, inShort, inWords, positionsOf, turnsOf } from "./turns.ts";

/** `<lab-race lab="backpressure">`: events to move until the answer breaks, and the reference, which stands every order. */
class LabRace extends HTMLElement {
  readonly #root = this.attachShadow({ mode: "open" });
  #worker: Worker | undefined;
  #lanes: readonly string[] = [];
  #positions: number[] = [];
  #isBroken = true;
  /** Whether every order is to be tried. */
  #isAsked = false;

  connectedCallback(): void {
    this.#root.innerHTML = `<style>${STYLE}</style><section><p class="verdict">Loading the race…</p></section>`;
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#hear(data);
    this.#post({ type: "load", lab: this.getAttribute("lab") ?? "" });
  }

  disconnectedCallback(): void {
    this.#worker?.terminate();
  }

  #hear(message: FromWorker): void {
    if (message.type === "loaded") {
      this.#lanes = message.lanes;
      this.#positions = [...positionsOf(message.events.map((_, i) => [i]))];
      this.#root.innerHTML = `<style>${STYLE}</style>${page(message)}`;
      this.#wire();
      this.#move();
    }
    if (message.type === "played") this.#show(message);
    if (message.type === "all" && message.isBroken === this.#isBroken) this.#list(message.orders);
    if (message.type === "failed") this.#find(".verdict").textContent = message.problem;
  }

  #wire(): void {
    for (const input of this.#all<HTMLInputElement>("input")) {
      input.oninput = () => {
        this.#positions[Number(input.dataset["event"])] = Number(input.value);
        this.#move();
      };
    }
    const answers = this.#all<HTMLButtonElement>(".answers button");
    for (const button of answers) {
      button.onclick = () => {
        this.#isBroken = button.dataset["broken"] !== undefined;
        for (const one of answers) one.ariaPressed = String(one === button);
        this.#move();
        if (this.#isAsked) this.#post({ type: "all", isBroken: this.#isBroken });
      };
    }
    this.#find<HTMLButtonElement>(".all").onclick = () => {
      this.#isAsked = true;
      this.#post({ type: "all", isBroken: this.#isBroken });
    };
    this.#find(".chips").onclick = ({ target }) => {
      const turns = (target as HTMLElement).dataset["turns"];
      if (turns === undefined) return;
      this.#positions = [...positionsOf(JSON.parse(turns) as Turns)];
      this.#move();
    };
  }

  /** Plays the events where they stand now. */
  #move(): void {
    const turns = turnsOf(this.#positions);
    const shown = inShort(turns);
    for (const input of this.#all<HTMLInputElement>("input")) {
      const event = Number(input.dataset["event"]);
      input.value = String(at(this.#positions, event));
      input.ariaValueText = inWords(turns);
      input.parentElement?.style.setProperty("--at", String(at(this.#positions, event)));
      const isTouched = turns.some((turn) => turn.length > 1 && turn.includes(event));
      input.parentElement?.classList.toggle("touched", isTouched);
    }
    this.#find(".drops .strip").innerHTML = this.#positions
      .map((position) => `<i style="left:${position}%"></i>`)
      .join("");
    for (const chip of this.#all<HTMLButtonElement>(".chip")) {
      chip.ariaPressed = String(inShort(JSON.parse(chip.dataset["turns"] ?? "[]")) === shown);
    }
    this.#post({ type: "play", isBroken: this.#isBroken, turns });
  }

  #show({ turns, outcome }: Extract<FromWorker, { type: "played" }>): void {
    if (inShort(turns) !== inShort(turnsOf(this.#positions))) return; // It has been moved since.
    const sorted = turns.flat().map((event) => at(this.#positions, event));
    for (const lane of this.#lanes) {
      this.#find(`.strip[data-lane="${CSS.escape(lane)}"]`).innerHTML = bars(lane, outcome, sorted);
    }
    const { isBad, text, between } = outcome;
    const isFar = isBad && between.some((microtasks) => microtasks > 0);
    const distance = isFar ? ` Microtasks between them: ${between.join(" and ")}.` : "";
    const next = isBad ? " Now let the reference stand the same order." : "";
    const verdict = this.#find(".verdict");
    verdict.className = `verdict ${isBad ? "bad" : "good"}`;
    verdict.textContent = `${isBad ? "✗" : "✓"} ${text}${distance}${next}`;
    this.dataset["order"] = inShort(turns);
    this.dataset["verdict"] = isBad ? "bad" : "good";
  }

  #list(orders: readonly Judged[]): void {
    const bad = orders.filter(({ isBad }) => isBad).length;
    this.#find(".count").textContent =
      bad === 0 ? `It holds in all ${orders.length} orders.` : `${bad} of ${orders.length} orders break it.`;
    this.#find(".chips").innerHTML = chips(orders, inShort(turnsOf(this.#positions)));
    this.dataset["broken"] = String(bad);
  }

  #post(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  #all<E extends HTMLElement>(selector: string): readonly E[] {
    return [...this.#root.querySelectorAll<E>(selector)];
  }

  #find<E extends HTMLElement>(selector: string): E {
    const found = this.#root.querySelector<E>(selector);
    if (found === null) throw new Error(`The race has no ${selector}`);
    return found;
  }
}

if (!customElements.get("lab-race")) customElements.define("lab-race", LabRace);
