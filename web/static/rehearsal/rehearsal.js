"use strict";

// Plays a call as it goes. All that was done so far is sent at each step, and the whole call comes back: what is before
// the present moment is as it was, what comes after it is how the call goes on if nothing more is done.

const TICK_MS = 50;
const ENDLESS = 86400;

class Rehearsal {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-${name}]`);
    this.words = root.dataset;
    this.panel = this.part("call-panel");
    this.sound = this.part("sound");
    this.part("given").addEventListener("submit", (event) => {
      event.preventDefault();
      this.call();
    });
    this.part("skip").addEventListener("click", () => this.skip());
    this.part("hang-up").addEventListener("click", () => this.hangUp());
    this.panel.addEventListener("click", (event) => {
      const key = event.target.closest("[data-key]");
      if (key) this.press(key.dataset.key);
    });
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input, select, textarea");
      if (!this.on || typing || event.ctrlKey || event.altKey || event.metaKey) return;
      if (/^[0-9*#]$/.test(event.key)) {
        event.preventDefault();
        this.press(event.key);
      }
    });
  }

  // --- what is done ---------------------------------------------------------------------------------------------------

  call() {
    const form = new FormData(this.part("given"));
    const named = (beginning) =>
      Object.fromEntries([...form].filter(([name, value]) => name.startsWith(beginning) && value).map(([name, value]) => [name.slice(beginning.length), value]));
    this.moves = {
      at: (form.get("at") || "").replace("T", " "),
      caller: form.get("caller"),
      called: form.get("called"),
      phones: named("phones."),
      switches: named("switches."),
      keys: [],
      reactions: [],
    };
    if (form.has("plan")) this.moves.plan = form.get("plan");
    this.position = 0;
    this.lines = [];
    this.part("lines").replaceChildren();
    this.part("ending").textContent = "";
    this.stopSound();
    this.step().then((fine) => {
      this.panel.hidden = !fine;
      if (fine) this.panel.focus();
    });
  }

  press(key) {
    if (!this.on) return;
    this.now();
    this.moves.keys.push({ at: this.position, key });
    this.step();
  }

  react(ring, does) {
    this.now();
    const after = does === "busy" ? 0 : this.position - ring.at;
    this.moves.reactions.push({ extension: ring.extension, rang_at: ring.at, does, after: round(after) });
    if (does === "busy") this.position = ring.at;
    this.step();
  }

  leave(ring) {
    this.now();
    const reaction = this.moves.reactions.find((one) => one.extension === ring.extension && one.rang_at === ring.at);
    if (!reaction) return;
    reaction.talks = round(Math.max(0, this.position - ring.at - reaction.after));
    this.step();
  }

  hangUp() {
    if (!this.on) return;
    this.now();
    this.moves.hangs_up_at = this.position;
    this.step();
  }

  skip() {
    if (!this.on) return;
    this.now();
    const next = [...this.told.timeline.map((one) => one.at), ...this.told.rings.map((one) => one.until), this.told.ends_at]
      .filter((at) => at > this.position + 0.01)
      .sort((one, other) => one - other)[0];
    if (next === undefined) return;
    this.position = next;
    this.began = performance.now() - next * 1000;
    this.tick();
  }

  // --- one step --------------------------------------------------------------------------------------------------------

  async step() {
    this.on = false;
    clearInterval(this.timer);
    const asked = (this.asked = (this.asked || 0) + 1);
    const told = await this.ask();
    if (asked !== this.asked) return false;
    if (!told) return false;
    this.told = told;
    this.moves.begins_at = told.begins_at;
    this.moves.at = "";
    this.showWarnings();
    // what was told of the time after this moment has not happened
    const kept = told.timeline.filter((moment) => moment.at < this.position).length;
    for (const line of this.lines.splice(kept)) line.remove();
    this.on = true;
    this.began = performance.now() - this.position * 1000;
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.tick();
    return true;
  }

  async ask() {
    const problem = this.part("problem");
    problem.hidden = true;
    const token = this.part("given").querySelector("[name=form_token]").value;
    let answer = {};
    try {
      const response = await fetch("/api/v1/rehearsal", {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Form-Token": token },
        body: JSON.stringify(this.moves),
      });
      answer = await response.json();
      if (response.ok) return answer;
    } catch {
      // told below
    }
    const said = (answer.mistakes || []).map((mistake) => mistake.what);
    problem.textContent = said.length ? said.join(" ") : answer.error || this.words.failed;
    problem.hidden = false;
    this.stopSound();
    return null;
  }

  now() {
    this.position = round((performance.now() - this.began) / 1000);
  }

  tick() {
    this.now();
    const { timeline, ends_at: ends } = this.told;
    const over = this.position >= ends;
    while (this.lines.length < timeline.length && timeline[this.lines.length].at <= this.position) {
      this.show(timeline[this.lines.length]);
    }
    this.part("clock").textContent = clock(Math.min(this.position, ends));
    this.hear(over);
    this.showPhones(over);
    this.showPath();
    if (over) this.end();
  }

  end() {
    this.on = false;
    clearInterval(this.timer);
    this.stopSound();
    this.part("ending").textContent = `${this.words.ended} ${this.told.ending} ${this.told.whole ? "" : this.words.cut}`.trim();
  }

  // --- what is shown and heard -----------------------------------------------------------------------------------------

  show(moment) {
    const line = document.createElement("li");
    const cells = [["number", clock(moment.at)], [moment.what, this.words[moment.what] || ""], ["", moment.text]];
    for (const [kind, text] of cells) {
      if (!text) continue;
      const cell = document.createElement("span");
      cell.className = kind;
      cell.textContent = text;
      line.append(cell);
    }
    this.lines.push(line);
    this.part("lines").append(line);
  }

  hear(over) {
    const playing = over ? undefined : this.told.timeline.findLast(
      (one) => one.what === "hears" && one.at <= this.position && this.position < one.at + one.seconds);
    const id = playing && playing.sound ? `${playing.at} ${playing.sound}` : "";
    if (id === this.heard) return;
    this.stopSound();
    this.heard = id;
    if (!id) return;
    this.sound.src = playing.sound;
    this.sound.loop = playing.whole >= ENDLESS;
    const missed = this.position - playing.at;
    this.sound.currentTime = this.sound.loop || missed < 0.2 ? 0 : missed;
    this.sound.play().catch(() => {});
  }

  stopSound() {
    this.heard = "";
    this.sound.pause();
    this.sound.removeAttribute("src");
  }

  showPhones(over) {
    const ringing = over ? [] : this.told.rings.filter((one) => one.at <= this.position && this.position < one.until);
    const talking = over ? [] : this.told.rings.filter((one) => one.outcome === "answered" && one.until <= this.position &&
      this.moves.reactions.some((each) => each.extension === one.extension && each.rang_at === one.at)).slice(-1);
    const id = [...ringing.map((one) => `${one.extension} ${one.at}`), "|", ...talking.map((one) => `${one.extension} ${one.at}`)].join();
    if (id === this.phones) return;
    this.phones = id;
    const { answer, decline, busy, wait, leave } = this.words;
    this.part("phones").replaceChildren(
      ...ringing.map((one) => this.phone(this.words.ringing, one, [
        [answer, () => this.react(one, "answers")], [decline, () => this.react(one, "declines")],
        [busy, () => this.react(one, "busy")], [wait, () => this.skip()]])),
      ...talking.map((one) => this.phone(this.words.talking, one, [[named(leave, one), () => this.leave(one)]])),
    );
  }

  phone(title, ring, buttons) {
    const card = document.createElement("div");
    card.className = "rehearsal-phone";
    const head = document.createElement("p");
    head.textContent = named(title, ring);
    const row = document.createElement("div");
    row.className = "row";
    for (const [words, act] of buttons) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button small";
      button.textContent = words;
      button.addEventListener("click", act);
      row.append(button);
    }
    card.append(head, row);
    return card;
  }

  showWarnings() {
    const items = this.told.warnings.map((warning) => {
      const item = document.createElement("li");
      item.textContent = warning.what;
      return item;
    });
    this.part("warnings").replaceChildren(...items);
    this.part("doubts").hidden = !items.length;
  }

  showPath() {
    const names = this.told.path.filter((one) => one.at <= this.position && one.kind !== "hours").map((one) => one.name || one.kind);
    this.part("path").textContent = names.join(" → ");
  }
}

function named(words, ring) {
  return words.replace("{who}", ring.name);
}

function round(seconds) {
  return Math.round(seconds * 1000) / 1000;
}

function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds) % 60).padStart(2, "0")}`;
}

document.addEventListener("DOMContentLoaded", () => {
  for (const root of document.querySelectorAll("[data-rehearsal]")) new Rehearsal(root);
});
