import { LivePicture } from "./live-picture.ts";
import { Playback } from "./playback.ts";
import type { Loaded, Progress, Settings } from "./protocol.ts";
import { settingsOf } from "./settings.ts";
import { STYLE } from "./style.ts";
import { numbers, page, SPEEDS, said } from "./template.ts";

/** Real milliseconds between two pictures. */
const FRAME_MS = 33;
const HINT = "Play it, or step from one event to the next.";
const NARROWEST = 320;
/** A first guess is answered after about so many real milliseconds. */
const GUESS_MS = 5_000;

/**
 * `<lab-play lab="backpressure">`: the lab's scene with its controls, played, paused or stepped in simulated time. With
 * `from="600"` the first run has come so many simulated milliseconds far when it is seen first.
 */
class LabPlay extends HTMLElement {
  readonly #root = this.attachShadow({ mode: "open" });
  #playback: Playback | undefined;
  #picture: LivePicture | undefined;
  #loaded: Loaded | undefined;
  #settings: Settings = {};
  #progress: Progress | undefined;
  #speed = 1;
  #isPlaying = false;
  #isStepping = false;
  #last = 0;
  /** Where it stops by itself: when the first guess can be seen. */
  #until = Number.POSITIVE_INFINITY;
  readonly #resizing = new ResizeObserver(() => this.#playback?.resize());

  connectedCallback(): void {
    this.#root.innerHTML = `<style>${STYLE}</style><section><p class="loading">Loading the scene…</p></section>`;
    this.#playback = new Playback(this.getAttribute("lab") ?? "", {
      onLoaded: (loaded) => this.#load(loaded),
      onProgress: (progress, isFirst) => this.#hear(progress, isFirst),
      width: () => Math.max(NARROWEST, this.#root.querySelector(".picture")?.clientWidth ?? 0),
    });
    this.#resizing.observe(this);
  }

  disconnectedCallback(): void {
    this.#isPlaying = false;
    this.#resizing.disconnect();
    this.#playback?.[Symbol.dispose]();
  }

  /** Lets simulated time pass and gives what is then to be seen: for tests, which have no time for frames. */
  async advance(ms: number): Promise<Progress | undefined> {
    this.#pause();
    return await this.#playback?.advance(ms);
  }

  #load(loaded: Loaded): void {
    this.#loaded = loaded;
    this.#settings = settingsOf(loaded.controls, location.search);
    this.#root.innerHTML = `<style>${STYLE}</style>${page(loaded, this.#settings)}`;
    this.#picture = new LivePicture(this.#find(".picture"));
    this.#setSpeed(speedFor(loaded));
    this.#wire(loaded);
    this.#restart();
    const from = Number(this.getAttribute("from") ?? 0);
    if (from > 0) void this.#playback?.advance(from);
  }

  #wire({ controls, firstGuess }: Loaded): void {
    for (const [name, control] of Object.entries(controls)) {
      const input = this.#find<HTMLInputElement | HTMLSelectElement>(`[name="${name}"]`);
      input.oninput = () => {
        const value = control.kind === "range" ? Number(input.value) : input.value;
        this.#settings = { ...this.#settings, [name]: value };
        if (control.kind === "range")
          this.#find(`output[for="${name}"]`).innerHTML = said(value, control.unit);
        this.#address();
        if (control.restart) this.#restart();
        else this.#playback?.set(this.#settings);
      };
    }
    this.#find<HTMLButtonElement>("#play").onclick = () => (this.#isPlaying ? this.#pause() : this.#play());
    this.#find<HTMLButtonElement>("#step").onclick = () => this.#step();
    this.#find<HTMLButtonElement>("#restart").onclick = () => this.#restart();
    const speed = this.#find<HTMLSelectElement>("#speed");
    speed.oninput = () => this.#setSpeed(Number(speed.value));
    const answers = [...this.#root.querySelectorAll<HTMLButtonElement>(".answers button")];
    for (const button of answers) {
      button.onclick = () => {
        for (const one of answers) one.ariaPressed = String(one === button);
        this.#restart();
        this.#until = firstGuess?.afterMs ?? Number.POSITIVE_INFINITY;
        this.#play();
      };
    }
  }

  /** The settings stand in the address: a reload keeps them, and a link leads to them. */
  #address(): void {
    const query = new URLSearchParams(
      Object.entries(this.#settings).map(([name, value]) => [name, `${value}`]),
    );
    history.replaceState(history.state, "", `?${query}`);
  }

  #setSpeed(speed: number): void {
    this.#speed = speed;
    this.#find<HTMLSelectElement>("#speed").value = String(speed);
  }

  /** Begins the run anew; it goes on playing if it did. */
  #restart(): void {
    this.#progress = undefined;
    this.#until = Number.POSITIVE_INFINITY;
    this.#find(".said").textContent = HINT;
    this.#playback?.start(this.#settings);
  }

  #play(): void {
    if (this.#progress?.isOver) this.#restart();
    this.#isPlaying = true;
    this.#find("#play").textContent = "Pause";
    this.#find(".said").textContent = HINT;
    this.#last = performance.now();
    requestAnimationFrame(() => this.#frame());
  }

  #pause(): void {
    const wasPlaying = this.#isPlaying;
    this.#isPlaying = false;
    this.#find("#play").textContent = this.#progress?.isOver ? "Play again" : "Play";
    if (wasPlaying) this.#picture?.rest();
  }

  #step(): void {
    if (this.#progress?.isOver) this.#restart();
    this.#pause();
    this.#isStepping = true;
    this.#playback?.step();
  }

  #frame(): void {
    if (!this.#isPlaying || !this.isConnected) return;
    const now = performance.now();
    if (this.#playback?.isBusy === false && now - this.#last >= FRAME_MS) {
      const passed = Math.min(now - this.#last, 200) * this.#speed;
      void this.#playback.advance(Math.min(passed, Math.max(0, this.#until - (this.#progress?.now ?? 0))));
      this.#last = now;
    }
    requestAnimationFrame(() => this.#frame());
  }

  #hear(progress: Progress, isFirst: boolean): void {
    if (isFirst) this.dataset["runs"] = String(Number(this.dataset["runs"] ?? 0) + 1);
    this.#progress = progress;
    if (this.#isStepping) this.#find(".said").textContent = progress.said;
    this.#isStepping = false;
    if (this.#loaded === undefined) this.#fail(progress.problem);
    else this.#show(progress);
    const isGuessed = Number.isFinite(this.#until);
    if (isGuessed && (progress.now >= this.#until || progress.isOver)) this.#explain();
    if (progress.isOver && this.#loaded !== undefined) this.#pause();
    this.dataset["now"] = String(progress.now);
  }

  #show(progress: Progress): void {
    const { now, view = {}, problem } = progress;
    this.#find("#clock").textContent =
      now < 1_000 ? `${Math.floor(now)} ms` : `${(now / 1_000).toFixed(2)} s`;
    this.#find(".numbers").innerHTML = numbers(view);
    this.#fail(problem);
    this.#picture?.show(progress.picture, this.#isPlaying);
  }

  /** What keeps it from going on. */
  #fail(problem: string | undefined): void {
    const place = this.#root.querySelector<HTMLElement>(".problem, .loading");
    if (place === null || (problem === undefined && place.hidden)) return;
    place.hidden = problem === undefined;
    place.textContent = problem ?? "";
  }

  /** The time of the first guess has come. */
  #explain(): void {
    this.#until = Number.POSITIVE_INFINITY;
    this.#pause();
    this.#find(".why").innerHTML = this.#find<HTMLTemplateElement>(".guess template").innerHTML;
    this.#find(".guess").classList.add("answered");
  }

  #find<E extends HTMLElement>(selector: string): E {
    const found = this.#root.querySelector<E>(selector);
    if (found === null) throw new Error(`The playground has no ${selector}`);
    return found;
  }
}

/** So that the first guess is answered in a few seconds, however long or short the run is. */
function speedFor({ firstGuess, lengthMs }: Loaded): number {
  const wanted = (firstGuess?.afterMs ?? lengthMs / 2) / GUESS_MS;
  return SPEEDS.findLast((speed) => speed <= wanted * 1.2) ?? SPEEDS[0];
}

if (!customElements.get("lab-play")) customElements.define("lab-play", LabPlay);
