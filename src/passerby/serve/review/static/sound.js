// Muting by hand: a span of whole frames is selected on the lane or by key, and becomes an edit.

import { $ } from "./dom.js";
import { SoundLane } from "./sound-lane.js";

export class Sound {
  // `add(entry)` stores a muted span.
  constructor(player, add) {
    Object.assign(this, { player, add, found: null, span: null, listening: false, muted: [] });
    this.lane = new SoundLane($("sound"), (time) => player.seek(time), (span) => this.select(span));
  }

  get present() {
    return Boolean(this.found?.levels);
  }

  // `found` is what the command says of the sound of the copy on the page; null = not known yet.
  take(found) {
    this.found = found;
  }

  show(report, muted, chosen, ends) {
    this.muted = muted;
    for (const name of ["sound", "sound-legend", "listen", "mute"]) $(name).toggleAttribute("hidden", !this.present);
    $("no-sound").hidden = this.present || !this.found?.in_recording;
    this.lane.draw(this.found, report.sound?.silent || [], muted, chosen, ends);
    this.showState();
  }

  showState() {
    $("mute").textContent = !this.span ? "Mute from here" : this.span[1] === null ? "Mute up to here" : "Mute the selection";
    $("listen").setAttribute("aria-pressed", String(this.listening));
    this.draw(this.player.frameTime);
  }

  // What is muted but not in a new copy yet is not heard either.
  draw(time) {
    this.lane.show(time);
    if (this.span) this.lane.select(this.span[1] === null ? this.upToHere() : this.span);
    this.player.video.muted = !this.listening || this.muted.some((each) => time >= each.from_s && time < each.to_s);
  }

  upToHere() {
    const ends = [this.span[0], this.player.frameTime, this.player.frameEnd];
    return [Math.min(...ends), Math.max(...ends)];
  }

  select(span) {
    const { player } = this;
    this.span = span && [player.timeOf(player.frameAt(span[0])), player.endOf(player.frameAt(span[1]))];
    this.showState();
  }

  // The first time: begins a span at this frame; then: mutes it, with the frame on the screen as its last.
  mute() {
    if (!this.present) return;
    if (!this.span) this.span = [this.player.frameTime, null];
    else {
      const [from_s, to_s] = this.span[1] === null ? this.upToHere() : this.span;
      this.cancel();
      this.add({ from_s, to_s, reason: "", basis: "" });
    }
    this.showState();
  }

  listen() {
    this.listening = !this.listening && this.present;
    this.showState();
  }

  cancel() {
    this.span = null;
    this.lane.select(null);
  }
}
