"use strict";

// Records the microphone as it is (no echo canceller, no gate), to a WAV file that goes into an ordinary form.

const QUIET = 0.005;

function wavOf(blocks, rate) {
  const length = blocks.reduce((sum, block) => sum + block.length, 0);
  const view = new DataView(new ArrayBuffer(44 + 2 * length));
  const text = (at, word) => [...word].forEach((sign, index) => view.setUint8(at + index, sign.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * length, true);
  let at = 44;
  for (const block of blocks) {
    for (const sample of block) {
      view.setInt16(at, Math.max(-1, Math.min(1, sample)) * 32767, true);
      at += 2;
    }
  }
  return new File([view.buffer], "recording.wav", { type: "audio/wav" });
}

class Recorder {
  constructor(panel) {
    this.panel = panel;
    this.part = (name) => panel.querySelector(`[data-${name}]`);
    this.limit = Number(panel.dataset.limit);
    this.blocks = [];
    this.loudest = 0;
    if (!window.isSecureContext || !navigator.mediaDevices || !window.AudioWorkletNode) {
      this.part("insecure").hidden = false;
      return;
    }
    this.part("secure").hidden = false;
    this.part("start").addEventListener("click", () => this.start());
    this.part("stop").addEventListener("click", () => this.stop("done"));
    this.part("again").addEventListener("click", () => this.start());
  }

  say(what) {
    this.part("state").textContent = what ? this.panel.dataset[what] : "";
  }

  async start() {
    if (this.context) return;
    this.part("take").hidden = true;
    this.part("start").hidden = true;
    this.say("asking");
    try {
      this.microphone = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
      });
      this.context = new AudioContext();
      await this.context.audioWorklet.addModule(this.panel.dataset.tap);
      await this.context.resume();
    } catch (problem) {
      this.close();
      this.part("start").hidden = false;
      this.part("start").focus();
      const why = { NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "missing" }[problem.name];
      this.say(why || "failed");
      return;
    }
    this.blocks = [];
    this.recorded = 0;
    this.loudest = 0;
    this.source = this.context.createMediaStreamSource(this.microphone);
    this.tap = new AudioWorkletNode(this.context, "tap", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    this.tap.port.onmessage = (message) => this.take(message.data);
    this.source.connect(this.tap);
    this.part("stop").hidden = false;
    this.part("stop").focus();
    this.say("recording");
  }

  take(block) {
    if (!this.context) return;
    this.blocks.push(block);
    this.recorded += block.length;
    const peak = block.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    this.loudest = Math.max(this.loudest, peak);
    const level = this.part("level");
    level.value = Math.max(peak, level.value * 0.8);
    const seconds = this.recorded / this.context.sampleRate;
    this.part("time").textContent = `${Math.floor(seconds / 60)}:${String(Math.floor(seconds) % 60).padStart(2, "0")}`;
    // half a second is left for what the server counts differently
    if (seconds >= this.limit - 0.5) this.stop("full");
  }

  close() {
    for (const track of this.microphone?.getTracks() || []) track.stop();
    this.source?.disconnect();
    this.context?.close();
    this.microphone = this.source = this.tap = this.context = null;
    this.part("level").value = 0;
  }

  stop(how) {
    if (!this.context) return;
    const rate = this.context.sampleRate;
    this.close();
    this.part("stop").hidden = true;
    if (this.loudest < QUIET) {
      this.part("start").hidden = false;
      this.part("start").focus();
      this.say("silent");
      return;
    }
    const file = wavOf(this.blocks, rate);
    const carried = new DataTransfer();
    carried.items.add(file);
    this.part("file").files = carried.files;
    const listen = this.part("listen");
    if (listen.src) URL.revokeObjectURL(listen.src);
    listen.src = URL.createObjectURL(file);
    this.part("take").hidden = false;
    this.part("take").querySelector("[type=submit]").focus();
    this.say(how);
  }
}

document.addEventListener("DOMContentLoaded", () => {
  for (const panel of document.querySelectorAll("[data-recorder]")) new Recorder(panel);
});
